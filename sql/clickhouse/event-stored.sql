-- Whether an event type of a project was ever stored: the sort key finds one row of it at once.
-- Slots: project; name: the event type.
-- At most one row: its name.
(select {{name}} as name from events where project = {{project}} and event = {{name}} limit 1)
