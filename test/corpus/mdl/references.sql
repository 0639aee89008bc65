-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed","p4":true,"p5":0,"p6":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`user_segment`), 'null') as d0,
      (event = {p3:String} and not ifNull(properties.`gift`.:`Bool` = {p4:Bool}, false)) as s0,
      (event = {p3:String} and (not ifNull(properties.`gift`.:`Bool` = {p4:Bool}, false) and ifNull(properties.`revenue`.:`Float64` > {p5:Float64}, false))) as s1,
      properties.`revenue`.:`Float64` as x0
    from events
    where project = {p0:String}
      and event = {p3:String}
      and (s0 or s1)
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      sumKahanStateIf(ifNull(x0, 0), s0) as m0,
      countStateIf(s1) as m1,
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
  if(place <= 1000, d0, {p6:String}) as g0,
  toFloat64(sumKahanMerge(m0)) / nullIf(toFloat64(countMerge(m1)), 0) as value
from ranked
group by bucket, g0
order by bucket, g0 asc nulls last
