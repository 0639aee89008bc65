-- Projects and the keys that open them. Every change is notified on channel weir_access, whoever makes it, so that a key that
-- was made or revoked takes effect in every front at once.
create table projects
(
    id text primary key check (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name text not null check (length(name) between 1 and 200),
    settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- A key itself is never stored: only its SHA-256, and its first characters so that people can tell their keys apart.
create table api_keys
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) <= 200),
    prefix text not null,
    hash bytea not null unique check (octet_length(hash) = 32),
    scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['write', 'read', 'define', 'admin']),
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create index api_keys_project on api_keys (project, created_at);

create function notify_access() returns trigger language plpgsql as
$$
begin
    perform pg_notify('weir_access', '');
    return null;
end
$$;

create trigger projects_changed after insert or update or delete on projects
    for each statement execute function notify_access();

create trigger api_keys_changed after insert or update or delete on api_keys
    for each statement execute function notify_access();
