-- Rollups: which table of ClickHouse holds the states of which metric, and how far it is. One row a table. `plan` says what the
-- table holds; a metric that means something else since, because it or a metric it refers to has a new version, gets a new
-- table beside the old one, which goes when the new one answers.
create table metric_rollups
(
    id text primary key,
    metric text not null references custom_metrics (id),
    project text not null references projects (id),
    -- As answers name it.
    name text not null,
    -- The table in ClickHouse; its view is named after it.
    "table" text not null unique,
    plan json not null,
    plan_hash text not null,
    state text not null check (state in ('creating', 'backfilling', 'ready', 'failed', 'dropping')),
    -- Why it failed, or why it is made again.
    reason text not null default '',
    attempts integer not null default 0,
    -- Not touched before this time: the pause after a failure.
    not_before timestamptz not null default now(),
    -- Epoch milliseconds: events received from here on come by the view, earlier ones are filled in.
    cut_ms bigint,
    -- The month (202401) that was filled last; months are filled in ascending order.
    filled_month integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- One that is wanted of each metric and plan.
create unique index metric_rollups_wanted on metric_rollups (metric, plan_hash) where state <> 'dropping';
create index metric_rollups_project on metric_rollups (project) where state = 'ready';
create index metric_rollups_open on metric_rollups (created_at) where state <> 'ready';
