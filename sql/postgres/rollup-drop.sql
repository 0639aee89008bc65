-- Has a rollup removed. $1 id. Its table goes later; no question is answered from it any more.
update metric_rollups
set state = 'dropping', updated_at = now()
where id = $1::text
