-- Rollups: which table of ClickHouse holds the states of which metric, and how far it is. A metric has at most one that answers
-- (ready) and one that is being made beside it. `plan` is the hash of what the table holds: a metric whose plan has another
-- hash, because it or a metric it refers to has a new version, gets a new table.
create table metric_rollups
(
    name text primary key,
    metric text not null references custom_metrics (id),
    project text not null,
    plan text not null,
    -- Length of its buckets.
    grain_seconds integer not null check (grain_seconds in (60, 3600, 86400)),
    state text not null check (state in ('creating', 'backfilling', 'ready', 'failed', 'dropping')),
    -- Why it failed.
    reason text not null default '',
    attempts integer not null default 0,
    -- Epoch milliseconds: events received from here on come by the view, earlier ones are filled in.
    cut_ms bigint,
    -- The month (202401) that was filled last; months are filled in ascending order.
    filled_month integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ready_at timestamptz
);

create index metric_rollups_metric on metric_rollups (metric);
create index metric_rollups_project on metric_rollups (project) where state = 'ready';
