-- The events themselves. One row an event that was stored; (project, event_id) is unique within the deduplication window.
--
-- Sorted for pruning by project, event type and day; inside a day a person's events lie together, so funnels and
-- retention read them in order. person_key is what every count, funnel and cohort counts by.
-- batch_partition and batch_seq name the ingest batch that stored the row: a repeat after a crash is recognised by them.
-- Every part is fsynced before its insert is acknowledged, and after every merge.
create table if not exists events
(
    project LowCardinality(String),
    event LowCardinality(String),
    timestamp DateTime64(3, 'UTC') codec(Delta, ZSTD(1)),
    event_id String codec(ZSTD(1)),
    user_id String codec(ZSTD(1)),
    anonymous_id String codec(ZSTD(1)),
    session_id String codec(ZSTD(1)),
    received_at DateTime64(3, 'UTC') codec(Delta, ZSTD(1)),
    sent_at Nullable(DateTime64(3, 'UTC')) codec(ZSTD(1)),
    batch_partition UInt16,
    batch_seq UInt64,
    content_hash UInt64 codec(NONE),
    properties JSON(max_dynamic_paths = 512),
    context JSON(max_dynamic_paths = 256),
    person_key UInt64 materialized cityHash64(user_id != '', if(user_id != '', user_id, anonymous_id)),
    person String alias if(user_id != '', user_id, anonymous_id),
    index event_id_bloom event_id type bloom_filter(0.001) granularity 1,
    index received_at_range received_at type minmax granularity 1
)
engine = MergeTree
partition by toYYYYMM(timestamp)
order by (project, event, toDate(timestamp), person_key, timestamp)
settings
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
