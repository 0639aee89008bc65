-- The versions of cohorts that are whole: the greatest of a cohort is its members, all of them are the history of its size.
create table if not exists cohort_refreshes
(
    project LowCardinality(String),
    cohort_id String,
    version UInt64,
    as_of DateTime64(3, 'UTC'),
    size UInt64
)
engine = MergeTree
order by (project, cohort_id, version)
settings
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1
