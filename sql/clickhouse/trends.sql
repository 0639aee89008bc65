-- One series of a trend. Slots: rows: event-rows.sql or session-rows.sql; bucket: number of the event's bucket; measure.
-- One row a bucket that has events.
select
    {{bucket}} as bucket,
    {{measure}} as value
from ({{rows}})
where {{relevant}}
group by bucket
