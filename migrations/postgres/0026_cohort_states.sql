-- Where the stored members of a cohort stand. A row moves between partitions:
--   waiting      never calculated, or changed since; due at once
--   calculating  claimed by one process until `deadline`; after it the row is anybody's again, so nothing stays here
--   ready        calculated; due again at `due_at`
--   failed       `reason` says why; due again after a pause that grows with `attempts`. The members of the last success stay.
-- The few rows that are due are found in small partitions, however many cohorts are ready.
create table cohort_states
(
    cohort text not null,
    project text not null references projects (id),
    status text not null check (status in ('waiting', 'calculating', 'ready', 'failed')),
    due_at timestamptz not null default now(),
    -- Of the running calculation: who may end it, and until when.
    claim text,
    deadline timestamptz,
    -- Since the last success.
    attempts integer not null default 0,
    reason text,
    -- Of the last success.
    refreshed_at timestamptz,
    size bigint,
    elapsed_ms integer,
    primary key (cohort, status)
)
partition by list (status);

create table cohort_states_waiting partition of cohort_states for values in ('waiting');
create table cohort_states_calculating partition of cohort_states for values in ('calculating');
create table cohort_states_ready partition of cohort_states for values in ('ready');
create table cohort_states_failed partition of cohort_states for values in ('failed');

create index cohort_states_due on cohort_states (due_at);

insert into cohort_states (cohort, project, status)
select id, project, 'waiting'
from cohorts
where status = 'active';
