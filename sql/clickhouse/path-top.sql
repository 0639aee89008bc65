-- The most common whole ways.
-- Slots: ways: path-sequences.sql; limit.
-- One row a way.
select
    way,
    count() as visits,
    uniqExact(unit) as users
from ({{ways}})
group by way
order by visits desc, way
limit {{limit}}
