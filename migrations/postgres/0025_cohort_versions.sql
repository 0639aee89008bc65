-- A cohort changes by a new version; those before it stay, so that what was answered with them can be explained. A fixed cohort
-- is a list of people instead of criteria (its criteria are null).
alter table cohorts add column version integer not null default 1 check (version > 0);
alter table cohorts add column fixed boolean not null default false;

create table cohort_versions
(
    cohort text not null,
    version integer not null check (version > 0),
    name text not null,
    criteria json not null,
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    primary key (cohort, version)
);

insert into cohort_versions (cohort, version, name, criteria, created_by, created_at)
select id, version, name, criteria, created_by, created_at
from cohorts;

-- Numbers the versions of members in ClickHouse: a later list or refresh has a greater one, whichever process made it.
create sequence cohort_member_versions;
