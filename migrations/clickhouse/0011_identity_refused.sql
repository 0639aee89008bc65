-- Links that would have joined two users, for whoever has to find out why. A link is refused again when its batch is repeated: the
-- same row.
create table if not exists identity_refused
(
    project LowCardinality(String),
    received_at DateTime64(3, 'UTC') codec(Delta, ZSTD(1)),
    event_id String codec(ZSTD(1)),
    event LowCardinality(String),
    timestamp DateTime64(3, 'UTC') codec(ZSTD(1)),
    user_id String codec(ZSTD(1)),
    old_id String codec(ZSTD(1)),
    owner String codec(ZSTD(1))
)
engine = ReplacingMergeTree
partition by toYYYYMM(received_at)
order by (project, received_at, event_id)
ttl toDateTime(received_at) + interval 90 day
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
