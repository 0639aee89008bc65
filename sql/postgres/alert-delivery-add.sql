-- Adds what is to be said, once. $1 id, $2 alert, $3 project, $4 channel, $5 URL, $6 body, $7 state. One row when it is new.
insert into alert_deliveries (id, alert, project, channel, url, body, state, finished_at)
values (
    $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text,
    case when $7::text = 'waiting' then null else now() end
)
on conflict do nothing
returning seq::text as seq
