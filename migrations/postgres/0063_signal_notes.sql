-- What people should know beside a sample's values, by signal: {"memory_share": "ingest 4242 on host-a: 91 % of its heap, …"}.
alter table signal_samples add column notes jsonb not null default '{}';
