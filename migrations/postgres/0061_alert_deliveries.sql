-- What is to be said of alerts, and to whom. The id says alert, dimension value, incident, kind and channel, so that nothing is said
-- twice. `seq` orders what sockets hear.
create table alert_deliveries
(
    id text primary key,
    seq bigint generated always as identity,
    alert text not null references alerts (id) on delete cascade,
    project text not null,
    channel text not null check (channel in ('socket', 'webhook')),
    -- Where to; '' for sockets.
    url text not null,
    -- What is sent, as it is signed.
    body text not null,
    state text not null check (state in ('waiting', 'sent', 'failed')),
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    error text not null default '',
    created_at timestamptz not null default now(),
    finished_at timestamptz
);

create index alert_deliveries_due on alert_deliveries (next_at) where state = 'waiting';
create index alert_deliveries_alert on alert_deliveries (alert, seq desc);
create index alert_deliveries_heard on alert_deliveries (seq) where channel = 'socket';
