-- What a project has switched off, or opened to some of its keys only. A flag without a row is on for everybody. Changes are
-- notified on channel weir_flags, whoever makes them.
create table feature_flags
(
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 100),
    enabled boolean not null,
    rollout_percent integer not null check (rollout_percent between 0 and 100),
    updated_by text not null,
    updated_at timestamptz not null default now(),
    primary key (project, name)
);

create function notify_flags() returns trigger language plpgsql as
$$
begin
    perform pg_notify('weir_flags', '');
    return null;
end
$$;

create trigger feature_flags_changed after insert or update or delete on feature_flags
    for each statement execute function notify_flags();
