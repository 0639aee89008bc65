-- A metric's value of each person, summed up. Slot: rows: the printed metric with the person as its only dimension.
-- One row: people with an event the metric reads, how many of these have a value, its mean and sample variance.
select
    count() as people,
    count(value) as valued,
    avg(value) as mean,
    varSamp(value) as variance
from ({{rows}})
