-- Puts a session to each event: the client's session id where there is one; else a session ends after 30 minutes without any
-- event of the person. Expects all events of the person in the range, because each of them keeps a session alive.
-- Slots: rows: a statement with person_key, session_id and offset (ms) among its columns; columns: its other columns.
-- One row an event; unit is the session's key. Tied events share a session: the sum is over all that are not later.
with gaps as
(
    select
        person_key,
        session_id,
        offset,
        offset - lagInFrame(offset, 1, offset) over (partition by person_key order by offset rows between unbounded preceding and current row) > 1800000 as begins{{columns}}
    from ({{rows}})
)
select
    cityHash64(
        person_key,
        session_id,
        if(session_id = '', sum(begins) over (partition by person_key order by offset range between unbounded preceding and current row), 0)
    ) as unit,
    offset{{columns}}
from gaps
