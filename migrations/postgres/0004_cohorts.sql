-- Cohorts: criteria that say who belongs. Members are found when they are asked for, so a cohort is never stale and never waits
-- to be calculated. One that was deleted stays, in a partition of its own, out of the way of those in use.
create table cohorts
(
    id text not null,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 200),
    status text not null default 'active' check (status in ('active', 'deleted')),
    -- json, not jsonb: it is shown as it was written.
    criteria json not null check (octet_length(criteria::text) <= 262144),
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (id, status)
)
partition by list (status);

create table cohorts_active partition of cohorts for values in ('active');
create table cohorts_deleted partition of cohorts for values in ('deleted');

create index cohorts_project on cohorts (project, id);
