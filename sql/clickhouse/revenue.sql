-- What people bring by the period they started in and the periods after, one scan.
-- Slots: bucket: index of the event's bucket, -1 before the first, the number of buckets beyond the last; starts: whether the event is
-- a start; amount: what a purchase brings, refund: what is given back, Float64, 0 for any other event; project; relevant: rows
-- that matter; from, to: epoch ms, half-open, of starts; periods: greatest k; people, events: src/query/people.ts.
-- One row a start period and k periods later; k -1 is the row's size. Amounts count from the start on, itself included.
with people as
(
    select
        minIf(ms, is_start) as start,
        argMinIf(bucket, ms, is_start) as row,
        arrayFilter(
            m -> m.1 >= start and m.2 - row <= {{periods}},
            arraySort(groupArrayIf((ms, toInt64(bucket), amount, refund), amount > 0 or refund > 0))
        ) as money
    from
    (
        {{people}}select
            person_key,
            toUnixTimestamp64Milli(timestamp) as ms,
            {{bucket}} as bucket,
            {{starts}} as is_start,
            {{amount}} as amount,
            {{refund}} as refund
        from {{events}}
        where project = {{project}} and {{relevant}}
    )
    group by person_key
    having countIf(is_start) > 0 and start >= {{from}} and start < {{to}}
),
cells as
(
    select
        row,
        arrayMap(m -> m.2 - row, arrayFilter(m -> m.3 > 0, money)) as paid,
        arrayJoin(arrayConcat(
            [toInt64(-1)],
            arrayDistinct(arrayMap(m -> m.2 - row, money))
        )) as k,
        arrayFilter(m -> m.2 - row = k, money) as inside
    from people
)
select
    row,
    k,
    count() as people,
    sumKahan(arraySum(arrayMap(m -> m.3, inside))) as gross,
    sumKahan(arraySum(arrayMap(m -> m.4, inside))) as refunds,
    sum(arrayCount(m -> m.3 > 0, inside)) as purchases,
    countIf(arrayExists(m -> m.3 > 0, inside)) as payers,
    countIf(notEmpty(paid) and paid[1] = k) as first_payers,
    countIf(length(paid) > 1 and paid[2] = k) as second_payers
from cells
group by row, k
order by row, k
