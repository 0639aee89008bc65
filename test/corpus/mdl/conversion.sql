-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":1741237200000,"p4":"checkout_started","p5":"checkout_completed","p6":18000000,"p7":"$other","p8":100}
with
  facts as
  (
    select
      toUnixTimestamp64Milli(timestamp) as at,
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`product_category`), 'null') as d0,
      event = {p4:String} as s0,
      event = {p5:String} as s1,
      person_key as who
    from events
    where project = {p0:String}
      and event in ({p4:String}, {p5:String})
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p3:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p3:Int64}, 'UTC'))
  ),
  followed as
  (
    select
      at,
      bucket,
      d0,
      s0,
      s1,
      who,
      countIf(s1) over (partition by who, at) > toUInt64(s1) or ifNull(min(if(s1, at, null)) over (partition by who order by at desc range between unbounded preceding and 1 preceding) <= at + {p6:Int64}, false) as reached0
    from facts
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      uniqExactStateIf(who, s0 and reached0) as m0,
      uniqExactStateIf(who, s0) as m1,
      count() as weight
    from followed
    where at < {p2:Int64}
    group by cell, d0
  ),
  ranked as
  (
    select
      cell,
      d0,
      m0,
      m1,
      dense_rank() over (order by total desc, d0) as place
    from
    (
      select
        cell,
        d0,
        m0,
        m1,
        sum(weight) over (partition by d0) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 1000, d0, {p7:String}) as g0,
  toFloat64(uniqExactMerge(m0)) / nullIf(toFloat64(uniqExactMerge(m1)), 0) * {p8:Float64} as value
from ranked
group by bucket, g0
order by bucket, g0 asc nulls last
