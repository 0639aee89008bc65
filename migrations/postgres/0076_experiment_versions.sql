-- An experiment changes by a new version; those before it stay, so that what was answered with them can be explained. Of experiments
-- that were changed before this, the current version is all that is known.
create table experiment_versions
(
    experiment text not null references experiments (id) on delete cascade,
    version integer not null check (version > 0),
    definition json not null check (octet_length(definition::text) <= 262144),
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    primary key (experiment, version)
);

insert into experiment_versions (experiment, version, definition, created_by, created_at)
select id, version, definition, changed_by, updated_at
from experiments;
