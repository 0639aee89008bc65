-- Since when somebody is known by these user ids: the place in stored order of the first event that carries one, and of the first
-- that identifies one.
-- project: whose. keys: person_key of user ids, in decimal digits; at most some hundred. seq: events of later batches do not count.
-- One row an id with events. A place is the batch, the receipt and the time in ms, and the event's id; times_identified is 0 when
-- `identified` is no place.
with (batch_seq, toUnixTimestamp64Milli(received_at), toUnixTimestamp64Milli(timestamp), event_id) as place
select
    toString(person_key) as own_key,
    min(place) as carried,
    minIf(place, event in ('$identify', '$alias')) as identified,
    countIf(event in ('$identify', '$alias')) as times_identified
from events
where project = {project:String}
    and person_key in (select toUInt64(arrayJoin({keys:Array(String)})))
    and batch_seq <= {seq:UInt64}
group by person_key
