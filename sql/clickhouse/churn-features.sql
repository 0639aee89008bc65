-- What is known of each person at a cut, and whether she stayed away after it. Nothing that lies at or after the cut has any part
-- in `features`; nothing before it in `churned`.
-- Slots: project; active: whether an event is activity; span: from the first instant looked back to until one horizon after the cut, src/query/time/span.ts; cut, recent, earlier: the instants one and
-- two horizons before it, epoch ms; timezone: of days and weekdays; rows_max: people at most; people, events:
-- src/query/people.ts.
-- One row a person who was active in the horizon before the cut, in the order of their keys' hashes, so that a prefix is a fair
-- sample. features: in the order of CHURN_FEATURES in src/predict/churn/features.ts.
with moments as
(
    {{people}}select
        person_key as key,
        person as name,
        event,
        toUnixTimestamp64Milli(timestamp) as ms,
        toDate(timestamp, {{timezone}}) as day,
        toDayOfWeek(timestamp, 0, {{timezone}}) as weekday,
        {{active}} as active
    from {{events}}
    where project = {{project}}
        and {{span}}
),
facts as
(
    select
        key,
        any(name) as person,
        countIf(active and ms >= {{cut}}) as later_times,
        minIf(ms, active and ms < {{cut}}) as first_ms,
        maxIf(ms, active and ms < {{cut}}) as last_ms,
        uniqExactIf(day, active and ms < {{cut}}) as days,
        countIf(active and ms < {{cut}}) as times,
        countIf(active and ms < {{cut}} and ms >= {{recent}}) as recent_times,
        countIf(active and ms < {{recent}} and ms >= {{earlier}}) as earlier_times,
        uniqExactIf(event, ms < {{cut}} and ms >= {{recent}}) as kinds,
        uniqExactIf(weekday, active and ms < {{cut}}) as weekdays,
        countIf(active and ms < {{cut}} and weekday >= 6) as weekend_times
    from moments
    group by key
    having recent_times > 0
)
select
    person,
    key,
    toUInt32(later_times = 0) as churned,
    [
        log1p(({{cut}} - last_ms) / 86400000),
        log1p(days),
        log1p(times),
        log1p(({{cut}} - first_ms) / 86400000),
        log1p(recent_times) - log1p(earlier_times),
        log1p(kinds),
        if(days > 1, log1p(({{cut}} - last_ms) / 86400000) - log1p((last_ms - first_ms) / 86400000 / (days - 1)), 0),
        weekdays / 7,
        weekend_times / times
    ] as features
from facts
order by cityHash64(key)
limit {{rows_max}}
