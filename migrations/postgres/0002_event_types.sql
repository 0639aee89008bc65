-- Event types and their versions. Fronts and workers hold all active types in memory, as of one revision: a number that grows
-- with each transaction that changes what events are judged by, which is also notified on channel weir_event_types.
create table event_types
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 200),
    version integer not null check (version > 0),
    active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (project, name)
);

-- A version never changes. Schema and validators are json, not jsonb: a schema is shown as it was written.
create table event_type_versions
(
    event_type text not null references event_types (id),
    version integer not null check (version > 0),
    category text not null default '' check (length(category) <= 100),
    description text not null default '' check (length(description) <= 2000),
    mode text not null check (mode in ('observe', 'warn', 'quarantine', 'reject')),
    schema json not null,
    validators json not null default '[]',
    -- Made although it refuses events that the version before took.
    forced boolean not null default false,
    created_by text not null default '',
    created_at timestamptz not null default now(),
    primary key (event_type, version)
);

create table registry_revision
(
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);

insert into registry_revision (revision) values (1);

create function change_registry() returns trigger language plpgsql as
$$
begin
    update registry_revision set revision = revision + 1;
    perform pg_notify('weir_event_types', '');
    return null;
end
$$;

create trigger event_types_changed after insert or update or delete on event_types
    for each statement execute function change_registry();

-- A project that becomes strict, or stops being it, changes what its events are judged by.
create trigger project_made_strict after insert on projects
    for each row when (new.settings @> '{"strict": true}') execute function change_registry();

create trigger project_strictness_changed after update on projects
    for each row when ((old.settings -> 'strict') is distinct from (new.settings -> 'strict'))
    execute function change_registry();
