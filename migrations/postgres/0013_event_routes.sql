-- Where a project's events go beside the table of events. `events` names types; '*' is every type. `target` is {"table": name},
-- {"stream": name} or {"webhook": url}. The secret signs a webhook's requests, so it has to be readable. Changes are notified on
-- channel weir_routes, whoever makes them.
create table event_routes
(
    id text primary key,
    project text not null references projects (id),
    name text not null,
    events text[] not null check (cardinality(events) > 0),
    kind text not null check (kind in ('table', 'stream', 'webhook')),
    target text not null,
    secret text not null default '',
    created_by text not null,
    created_at timestamptz not null default now(),
    unique (project, name)
);

create function notify_routes() returns trigger language plpgsql as
$$
begin
    perform pg_notify('weir_routes', '');
    return null;
end
$$;

create trigger event_routes_changed after insert or update or delete on event_routes
    for each statement execute function notify_routes();
