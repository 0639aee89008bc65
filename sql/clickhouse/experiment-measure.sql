-- What exposed persons did, summed up. Slots: goals: event-rows.sql with the columns that first and second read; units:
-- experiment-units.sql; variants: those that are asked about; before, after: ms around the exposure in which events are looked at; first, second: a person's two numbers, as
-- aggregates; bucket: of the column exposed.
-- One row a variant and bucket, over the persons with an event there: how many, means, and variances over all of them.
select
    variant,
    {{bucket}} as bucket,
    count() as units,
    avg(a) as mean_a,
    avg(b) as mean_b,
    varPopStable(a) as variance_a,
    varPopStable(b) as variance_b,
    covarPopStable(a, b) as covariance
from
(
    select
        any(assigned) as variant,
        any(exposed) as exposed,
        {{first}} as a,
        {{second}} as b
    from ({{goals}}) as goals
    inner join (select unit, assigned, exposed from ({{units}}) where variants = 1 and has({{variants}}, assigned)) as units on units.unit = goals.unit
    where goals.offset >= units.exposed - {{before}} and goals.offset <= units.exposed + {{after}}
    group by goals.unit
)
group by variant, bucket
