-- Who belongs to a cohort, a row a person and version: each refresh, and each list that is uploaded, is a version of its own.
-- Only a version named in cohort_refreshes counts, so half of one is never seen. Lists keep the names they were given; what is
-- found by criteria has the key alone.
create table if not exists cohort_people
(
    project LowCardinality(String),
    cohort_id String,
    version UInt64,
    person_key UInt64 default cityHash64(known, name),
    name String codec(ZSTD(1)),
    known UInt8
)
engine = MergeTree
order by (project, cohort_id, version, person_key)
settings
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1
