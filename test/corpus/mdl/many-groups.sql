-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`product_category`), 'null') as d0,
      nullIf(toJSONString(properties.`user_segment`), 'null') as d1,
      nullIf(toJSONString(context.`country`), 'null') as d2
    from events
    where project = {p0:String}
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
      d2,
      countState() as m0,
      count() as weight
    from facts
    group by cell, d0, d1, d2
  ),
  ranked as
  (
    select
      cell,
      d0,
      d1,
      d2,
      m0,
      dense_rank() over (order by total desc, d0, d1, d2) as place
    from
    (
      select
        cell,
        d0,
        d1,
        d2,
        m0,
        sum(weight) over (partition by d0, d1, d2) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 3, d0, {p3:String}) as g0,
  if(place <= 3, d1, {p3:String}) as g1,
  if(place <= 3, d2, {p3:String}) as g2,
  toFloat64(countMerge(m0)) as value
from ranked
group by bucket, g0, g1, g2
order by bucket, g0 asc nulls last, g1 asc nulls last, g2 asc nulls last
