-- What sampled people did, one after the other.
-- Slots: project; span: the range, src/query/time/span.ts; types: event types, an event is its place among them from 1; moments_max: moments of one person,
-- moments_read: one more;
-- members: a statement with the column person_key; member_share, other_share: share of the people of each kind that is taken,
-- by hash; people, events: src/query/people.ts.
-- One row a person. facts: 1 for a member, 1 when there were more moments than moments_max; instants: epoch ms of each event, rising;
-- kinds: its type.
with happened as
(
    {{people}}select
        person_key as key,
        toUnixTimestamp64Milli(timestamp) as ms,
        indexOf({{types}}, event) as kind
    from {{events}}
    where project = {{project}}
        and {{span}}
        and event in {{types}}
),
members as
(
    {{members}}
),
histories as
(
    select
        key,
        key in (select person_key from members) as is_member,
        groupArraySorted({{moments_read}})((ms, kind)) as moments
    from happened
    where cityHash64(key, 'patterns') / 18446744073709551615. < if(is_member, {{member_share}}, {{other_share}})
    group by key
)
select
    [toUInt32(is_member), toUInt32(length(moments) > {{moments_max}})] as facts,
    arrayMap(moment -> toFloat64(moment.1), arraySlice(moments, 1, {{moments_max}})) as instants,
    arrayMap(moment -> toUInt32(moment.2), arraySlice(moments, 1, {{moments_max}})) as kinds
from histories
order by key
