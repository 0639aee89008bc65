-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed","p4":"checkout_started","p5":"$other","p6":100}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`product_category`), 'null') as d0,
      nullIf(toJSONString(properties.`user_segment`), 'null') as d1,
      event = {p3:String} as s0,
      event = {p4:String} as s1
    from events
    where project = {p0:String}
      and event in ({p3:String}, {p4:String})
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      d1,
      countStateIf(s0) as m0,
      countStateIf(s1) as m1,
      count() as weight
    from facts
    group by cell, d0, d1
  ),
  ranked as
  (
    select
      cell,
      d0,
      d1,
      m0,
      m1,
      dense_rank() over (order by total desc, d0, d1) as place
    from
    (
      select
        cell,
        d0,
        d1,
        m0,
        m1,
        sum(weight) over (partition by d0, d1) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 1000, d0, {p5:String}) as g0,
  if(place <= 1000, d1, {p5:String}) as g1,
  toFloat64(countMerge(m0)) / nullIf(toFloat64(countMerge(m1)), 0) * {p6:Float64} as value
from ranked
group by bucket, g0, g1
order by bucket, g0 asc nulls last, g1 asc nulls last
