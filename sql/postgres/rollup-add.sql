-- Wants a rollup. $1 id, $2 metric, $3 project, $4 name, $5 table, $6 plan as JSON, $7 its hash, $8 why. Nothing when it is wanted already.
insert into metric_rollups (id, metric, project, name, "table", plan, plan_hash, state, reason)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::json, $7::text, 'creating', $8::text)
on conflict do nothing
