-- Whether some event in a range came without a session id, so that sessions have to be found by their gaps.
-- Slots: project; from, until: epoch ms, half-open. One row: found is 0 or 1.
select count() > 0 as found
from
(
    select 1
    from events
    where project = {{project}}
        and timestamp >= fromUnixTimestamp64Milli({{from}}, 'UTC')
        and timestamp < fromUnixTimestamp64Milli({{until}}, 'UTC')
        and session_id = ''
    limit 1
)
