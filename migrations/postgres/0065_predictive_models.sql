-- Predictive models: a question that is trained again and again. Each training is a version.
create table predictive_models
(
    id text primary key,
    project text not null references projects (id),
    kind text not null check (kind in ('ltv', 'churn')),
    name text not null check (length(name) between 1 and 200),
    question json not null,
    -- When it is trained by itself; null: when asked to.
    cron text check (length(cron) between 1 and 200),
    timezone text not null default 'UTC',
    next_at timestamptz,
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now()
);

create index predictive_models_project on predictive_models (project, id);
create index predictive_models_due on predictive_models (next_at) where next_at is not null;

-- A training is waiting until a process claims it, running until its deadline, then done or failed with the reason. One whose
-- deadline has passed is anybody's again.
create table model_trainings
(
    model text not null references predictive_models (id) on delete cascade,
    version integer not null check (version > 0),
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
    asked_at timestamptz not null default now(),
    claim text,
    deadline timestamptz,
    attempts integer not null default 0,
    trained_at timestamptz,
    -- Parameters and scoreboard; what POST /v1/analytics/predictions/<kind> answers without its people.
    answer json,
    reason text not null default '',
    primary key (model, version)
);

create index model_trainings_open on model_trainings (asked_at) where state in ('waiting', 'running');
