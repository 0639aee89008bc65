-- What one person did, newest first.
-- Slots: project; whose: whether an event is hers; before_ms, before_id: where the page begins; limit: events at most; people,
-- events: src/query/people.ts.
-- One row an event; properties and context as JSON.
{{people}}select
    event_id,
    event as type_name,
    toUnixTimestamp64Milli(timestamp) as at_ms,
    toUnixTimestamp64Milli(received_at) as received_ms,
    user_id,
    anonymous_id,
    session_id,
    toJSONString(properties) as said,
    toJSONString(context) as around
from {{events}}
where project = {{project}}
    and {{whose}}
    and (toUnixTimestamp64Milli(timestamp), event_id) < ({{before_ms}}, {{before_id}})
order by timestamp desc, event_id desc
limit {{limit}}
