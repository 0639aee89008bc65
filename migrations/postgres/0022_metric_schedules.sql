-- When a metric is computed by itself, and what came out. `next_at` is the next time it is due.
create table metric_schedules
(
    metric text primary key references custom_metrics (id),
    project text not null,
    cron text not null check (length(cron) between 1 and 200),
    timezone text not null,
    next_at timestamptz not null,
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index metric_schedules_due on metric_schedules (next_at);

-- One row a run. The key makes a run happen once: whoever adds the row runs it.
create table metric_results
(
    metric text not null,
    scheduled_for timestamptz not null,
    project text not null,
    version integer not null,
    state text not null check (state in ('running', 'done', 'failed')),
    attempts integer not null default 1,
    claimed_at timestamptz not null default now(),
    finished_at timestamptz,
    -- The answer as POST /v1/analytics/metrics/calculate gives it, or why there is none.
    answer json,
    reason text not null default '',
    primary key (metric, scheduled_for)
)
partition by hash (metric);

create table metric_results_0 partition of metric_results for values with (modulus 8, remainder 0);
create table metric_results_1 partition of metric_results for values with (modulus 8, remainder 1);
create table metric_results_2 partition of metric_results for values with (modulus 8, remainder 2);
create table metric_results_3 partition of metric_results for values with (modulus 8, remainder 3);
create table metric_results_4 partition of metric_results for values with (modulus 8, remainder 4);
create table metric_results_5 partition of metric_results for values with (modulus 8, remainder 5);
create table metric_results_6 partition of metric_results for values with (modulus 8, remainder 6);
create table metric_results_7 partition of metric_results for values with (modulus 8, remainder 7);

-- Runs that were claimed and did not end: who claimed them may be gone.
create index metric_results_running on metric_results (claimed_at) where state = 'running';
