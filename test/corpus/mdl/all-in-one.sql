-- whole:4:17  warning: checkout_started has no property "plan" yet
--     dimensions = ["plan"]
--                   ^^^^^^
--     where it is absent, the dimension is null
-- {"p0":"shop","p1":1740528000000,"p2":1741219200000,"p3":"checkout_completed","p4":"checkout_started","p5":1740873600000,"p6":1741132800000,"p7":"$other"}
with
  facts as
  (
    select
      toUnixTimestamp64Milli(timestamp) as at,
      nullIf(toJSONString(properties.`plan`), 'null') as d0,
      event = {p3:String} as s0,
      event = {p4:String} as s1,
      true as s2,
      person_key as who
    from events
    where project = {p0:String}
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      d0,
      countStateIf(s0 and at >= {p5:Int64} and at < {p2:Int64}) as m0,
      countStateIf(s1 and at >= {p5:Int64} and at < {p2:Int64}) as m1,
      uniqExactStateIf(who, s2 and at >= {p1:Int64} and at < {p5:Int64}) as m2,
      uniqExactStateIf(who, s2 and at >= {p6:Int64} and at < {p2:Int64}) as m3,
      count() as weight
    from facts
    group by d0
  ),
  ranked as
  (
    select
      d0,
      m0,
      m1,
      m2,
      m3,
      row_number() over (order by weight desc, d0) as place
    from cells
  )
select
  {p5:Int64} as bucket,
  if(place <= 1000, d0, {p7:String}) as g0,
  toFloat64(countMerge(m0)) / nullIf(toFloat64(countMerge(m1)), 0) + toFloat64(uniqExactMerge(m2)) + toFloat64(uniqExactMerge(m3)) as value
from ranked
group by g0
order by bucket, g0 asc nulls last
