-- A project's own question over its own events. Runs in an empty database, so `events` is all that can be named.
-- weir_database: where events are; weir_project: whose they are; the slot takes a select that passed the guard.
-- Grain: as the question says.
with events as
(
    select event, timestamp, event_id, user_id, anonymous_id, session_id, received_at, sent_at, properties, context, person_key,
        if(user_id != '', user_id, anonymous_id) as person
    from {weir_database:Identifier}.events
    where project = {weir_project:String}
)
select *
from
(
{{question}}
)
