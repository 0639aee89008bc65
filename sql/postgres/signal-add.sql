-- Adds a sample of Weir's signals; the first process of an interval takes it. $1 beginning of the interval, then in the order of the table.
-- $8: notes by signal, as JSON.
insert into signal_samples
    (at, processing_lag, cache_hit_ratio, pool_exhausted, memory_share, error_rate, integrity, notes)
values ($1::timestamptz, $2::real, $3::real, $4::real, $5::real, $6::real, $7::real, $8::jsonb)
on conflict do nothing
