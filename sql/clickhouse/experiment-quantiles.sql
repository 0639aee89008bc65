-- Quantiles of a number of exposed persons' events, over the events of all persons of a variant together. Slots: goals: event-rows.sql
-- with the column value0, which every row has; units: experiment-units.sql; variants: those that are asked about; after: ms after
-- the exposure in which events are looked at; quantiles: an array; below, above: the values next to a quantile, or null.
-- One row a variant with such an event.
select
    units.assigned as variant,
    count() as observations,
    {{quantiles}} as quantiles,
    {{below}} as below,
    {{above}} as above
from ({{goals}}) as goals
inner join (select unit, assigned, exposed from ({{units}}) where variants = 1 and has({{variants}}, assigned)) as units on units.unit = goals.unit
where goals.offset >= units.exposed and goals.offset <= units.exposed + {{after}}
group by units.assigned
