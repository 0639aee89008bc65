-- Sets a flag. $1 project, $2 name, $3 enabled, $4 rollout in percent, $5 the key that does it. One row.
insert into feature_flags (project, name, enabled, rollout_percent, updated_by)
values ($1::text, $2::text, $3::boolean, $4::integer, $5::text)
on conflict (project, name) do update
set enabled = excluded.enabled,
    rollout_percent = excluded.rollout_percent,
    updated_by = excluded.updated_by,
    updated_at = now()
returning name
