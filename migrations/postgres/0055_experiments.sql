-- Saved experiments. The definition is json, not jsonb: it is shown as it was written.
create table experiments
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 200),
    version integer not null default 1 check (version > 0),
    definition json not null check (octet_length(definition::text) <= 262144),
    -- Id of the key it was made or last changed with.
    changed_by text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index experiments_project on experiments (project, id);
