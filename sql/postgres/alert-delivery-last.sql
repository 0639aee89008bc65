-- The number of the newest message. One row.
select coalesce(max(seq), 0)::text as seq
from alert_deliveries
where channel = 'socket'
