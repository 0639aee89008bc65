-- What the criteria of a cohort count of each person, so that a refresh reads only what changed. A row a person_key of events (not
-- resolved: whose it is, identity_overrides says when it is read) and refresh: numbers has an entry for each criterion about events, the
-- number that came into its span less that which left it, or the first or last time; those of all rows are added or compared.
-- A person without matching events has a row when the criteria may hold for her.
create table if not exists cohort_numbers
(
    project LowCardinality(String),
    cohort_id String,
    version UInt64,
    person_key UInt64,
    numbers Array(Int64) codec(ZSTD(1))
)
engine = MergeTree
order by (project, cohort_id, person_key, version)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
