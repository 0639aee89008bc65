-- Alerts: rules over metrics and over Weir's own signals. `states` holds what each dimension value of a rule is in, by the value as
-- JSON ('' for rules without a dimension); it is bounded by the values a rule judges. json, not jsonb: rules are shown as written.
create table alerts
(
    id text primary key,
    project text not null references projects (id),
    name text not null check (length(name) between 1 and 200),
    rule json not null check (octet_length(rule::text) <= 32768),
    -- Name of the rule Weir came with; '' for everybody's own.
    builtin text not null default '',
    -- Signs what is sent to its webhooks.
    secret text not null,
    interval_ms integer not null check (interval_ms > 0),
    next_at timestamptz not null default now(),
    silenced_until timestamptz,
    evaluated_at timestamptz,
    -- Why the last evaluation gave no answer; '' when it did.
    last_error text not null default '',
    states json not null default '{}',
    -- Grows with each change of the rule: an evaluation of an earlier one is discarded.
    revision integer not null default 1,
    -- Id of the key it was made with.
    created_by text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index alerts_project on alerts (project, id);
create index alerts_due on alerts (next_at);

-- Rules Weir came with that were made once: one that was deleted does not come back.
create table alert_defaults
(
    name text primary key,
    created_at timestamptz not null default now()
);

-- Changes of state. `incident` is the time a rule began to fire, in milliseconds; '' before it did.
create table alert_history
(
    id bigint generated always as identity primary key,
    alert text not null references alerts (id) on delete cascade,
    dimension_value text not null,
    at timestamptz not null,
    from_status text not null,
    to_status text not null,
    value double precision,
    incident text not null,
    silenced boolean not null
);

create index alert_history_alert on alert_history (alert, id desc);
