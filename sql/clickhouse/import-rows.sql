-- The events of one type and day, to find those that differ from an import's source. Asked through POST /v1/query.
-- Parameters: event, day (a date, UTC), after (an event id), limit (rows).
-- {{sums}} is an array of the chosen properties as numbers.
-- One row an event, by its id.
select
    event_id,
    user_id,
    anonymous_id,
    toUnixTimestamp64Milli(timestamp) as timestamp_ms,
    {{sums}} as numbers
from events
where event = {event:String} and toDate(timestamp) = toDate({day:String}) and event_id > {after:String}
order by event_id
limit {limit:UInt32}
