-- What sockets are to hear. $1 number after which, $2 rows at most. One row a message, in order.
select
    seq::text as seq,
    project,
    body
from alert_deliveries
where channel = 'socket' and seq > $1::bigint
order by seq
limit $2::integer
