-- What Weir measured of itself, every 15 seconds. The key makes one process of many take a sample. Null: nothing to measure.
create table signal_samples
(
    at timestamptz primary key,
    -- Seconds.
    processing_lag real,
    -- Percent.
    cache_hit_ratio real,
    -- Seconds of the last minute.
    pool_exhausted real,
    -- Percent.
    memory_share real,
    -- Percent.
    error_rate real,
    -- Projects whose books do not balance.
    integrity real
);
