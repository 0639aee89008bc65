-- A version may be a change to those before it: who came, and who is gone. It is as durable as the events it was calculated from,
-- because the next one is calculated from it.
alter table cohort_people
    add column if not exists gone UInt8,
    modify setting min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1
