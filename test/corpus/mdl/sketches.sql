-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"page_view","p4":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`path`), 'null') as d0,
      properties.`seconds`.:`Float64` as x0,
      person_key as who
    from events
    where project = {p0:String}
      and event = {p3:String}
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      uniqCombined64State(17)(who) as m0,
      quantileDDState(0.01, 0.5)(x0) as m1,
      quantileDDState(0.01, 0.99)(x0) as m2,
      count() as weight
    from facts
    group by cell, d0
  ),
  ranked as
  (
    select
      cell,
      d0,
      m0,
      m1,
      m2,
      dense_rank() over (order by total desc, d0) as place
    from
    (
      select
        cell,
        d0,
        m0,
        m1,
        m2,
        sum(weight) over (partition by d0) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 1000, d0, {p4:String}) as g0,
  ifNull(toFloat64(uniqCombined64Merge(17)(m0)), 0) * (toFloat64(quantileDDMerge(0.01, 0.5)(m1)) + toFloat64(quantileDDMerge(0.01, 0.99)(m2))) as value
from ranked
group by bucket, g0
order by bucket, g0 asc nulls last
