-- Whether some event in a range came without a session id, so that sessions have to be found by their gaps.
-- Slots: project; span: the range, src/query/time/span.ts. One row: found is 0 or 1.
select count() > 0 as found
from
(
    select 1
    from events
    where project = {{project}}
        and {{span}}
        and session_id = ''
    limit 1
)
