-- Events that were refused, with the reason, kept so that they can be replayed once the cause is mended.
-- payload_id and event_index say where the event stood: "the third event of that request".
create table if not exists rejected_events
(
    project LowCardinality(String),
    received_at DateTime64(3, 'UTC') codec(Delta, ZSTD(1)),
    payload_id String codec(ZSTD(1)),
    event_index UInt32,
    event LowCardinality(String),
    event_id String codec(ZSTD(1)),
    code LowCardinality(String),
    path String codec(ZSTD(1)),
    message String codec(ZSTD(1)),
    raw String codec(ZSTD(1)),
    batch_partition UInt16,
    batch_seq UInt64
)
engine = MergeTree
partition by toYYYYMM(received_at)
order by (project, received_at, payload_id, event_index)
settings
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
