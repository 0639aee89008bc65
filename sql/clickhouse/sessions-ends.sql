-- Where sessions begin and end. Slots: sessions: sessions.sql; limit: rows of each side.
-- One row a side (entry or exit) and step, the most frequent first.
select
    ends.1 as side,
    ends.2 as step,
    count() as sessions,
    countIf(depth = 1) as bounces
from
(
    select depth, arrayJoin([('entry', entry), ('exit', exit)]) as ends
    from ({{sessions}})
)
group by side, step
order by side, sessions desc, step
limit {{limit}} by side
