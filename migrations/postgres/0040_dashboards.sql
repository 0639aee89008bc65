-- Dashboards: tiles are questions with the way their answers are drawn. json, not jsonb: they are shown as they were written.
create table dashboards
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 200),
    tiles json not null check (octet_length(tiles::text) <= 262144),
    -- SHA-256 of the token of its read-only link, in hex; null while it is not shared.
    share_hash text unique,
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index dashboards_project on dashboards (project, id);
