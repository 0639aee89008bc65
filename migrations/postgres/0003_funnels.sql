-- Saved funnels and their versions. A funnel that was deleted stays, so that what was answered with it can be explained.
create table funnels
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 200),
    version integer not null check (version > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create index funnels_project on funnels (project, id) where deleted_at is null;

-- A version never changes. The definition is json, not jsonb: it is shown as it was written.
create table funnel_versions
(
    funnel text not null references funnels (id),
    version integer not null check (version > 0),
    definition json not null check (octet_length(definition::text) <= 262144),
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    primary key (funnel, version)
);
