-- Whose events an id's events are, when not its own: a row for each id that was joined to a person, of whom it is not the first
-- name. person_key is that of `events`; target_key and target are the person's. Written by ingest from the links among the
-- stored events, before the batch is acknowledged; the newest seq of an id holds. The rows follow from the events
-- alone, so writing one again changes nothing.
create table if not exists identity_overrides
(
    project LowCardinality(String),
    person_key UInt64,
    target_key UInt64,
    target String codec(ZSTD(1)),
    seq UInt64,
    index target_bloom target_key type bloom_filter(0.01) granularity 1
)
engine = ReplacingMergeTree(seq)
order by (project, person_key)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
