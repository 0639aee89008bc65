-- Metrics: named definitions in the metric language, and every version they had. One that was deleted stays, so that what was
-- answered with it can be explained; its name is free again.
create table custom_metrics
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 100),
    version integer not null check (version > 0),
    -- Why it can have no rollup; null when it can.
    unrollable text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create unique index custom_metrics_name on custom_metrics (project, name) where deleted_at is null;
create index custom_metrics_project on custom_metrics (project, id) where deleted_at is null;

-- A version never changes. The definition is the text of one metric, as it was written.
create table custom_metric_versions
(
    metric text not null references custom_metrics (id),
    version integer not null check (version > 0),
    definition text not null check (octet_length(definition) <= 16384),
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    primary key (metric, version)
);

-- Whoever builds rollups hears of every change, at the end of its transaction.
create function notify_metrics() returns trigger language plpgsql as
$$
begin
    perform pg_notify('weir_metrics', '');
    return null;
end
$$;

create trigger custom_metrics_changed after insert or update of version, deleted_at on custom_metrics
    for each statement execute function notify_metrics();
