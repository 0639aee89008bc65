-- What a version of a predictive model foretold of each person, the greatest score first. A training that is repeated after a crash
-- writes the same ranks again; ranks beyond those its version names in Postgres are no part of it.
create table if not exists model_people
(
    project LowCardinality(String),
    model String,
    version UInt64,
    rank UInt64,
    person_key UInt64,
    person String codec(ZSTD(1)),
    score Float64,
    shown String codec(ZSTD(1))
)
engine = ReplacingMergeTree
order by (project, model, version, rank)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1
