-- A signal over windows. $1 signal, $2 ends of the windows, $3 length in milliseconds, $4 'max' or 'avg'. One row a window, in the order of
-- the ends: the value, null without one, and how many samples were taken.
select
    case $4::text when 'max' then max(sample.value) else avg(sample.value) end as value,
    count(sample.at)::integer as samples
from unnest($2::timestamptz[]) with ordinality as wanted (ends_at, place)
left join lateral (
    select
        at,
        case $1::text
            when 'processing_lag' then processing_lag
            when 'cache_hit_ratio' then cache_hit_ratio
            when 'pool_exhausted' then pool_exhausted
            when 'memory_share' then memory_share
            when 'error_rate' then error_rate
            when 'integrity' then integrity
        end as value
    from signal_samples
    where at >= wanted.ends_at - $3::bigint * interval '1 millisecond' and at < wanted.ends_at
) as sample on true
group by wanted.place
order by wanted.place
