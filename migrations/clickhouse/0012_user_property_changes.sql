-- What events said of their person: a row for each property that an event set (op 1), set if it had no value (op 0) or unset (op 2).
-- Derived from `events` by ingest before a batch is acknowledged, appended and never changed; a repeated batch writes the same rows
-- again, which say the same. Sorted so that a question reads the properties it names and no other. person_key is that of the
-- event; who that is today, identity_overrides says.
create table if not exists user_property_changes
(
    project LowCardinality(String),
    name String codec(ZSTD(1)),
    person_key UInt64,
    at DateTime64(3, 'UTC') codec(Delta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') codec(Delta, ZSTD(1)),
    event_id String codec(ZSTD(1)),
    op UInt8,
    value String codec(ZSTD(1)),
    index person_bloom person_key type bloom_filter(0.01) granularity 1
)
engine = ReplacingMergeTree
order by (project, name, person_key, at, received_at, event_id, op)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
