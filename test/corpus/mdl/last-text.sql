-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed","p4":"","p5":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`user_segment`), 'null') as d0,
      properties.`plan`.:`String` as x0,
      (timestamp, event_id) as moment
    from events
    where project = {p0:String}
      and event = {p3:String}
      and not ifNull(properties.`plan`.:`String` = {p4:String}, false)
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      argMaxState(x0, moment) as m0,
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
      dense_rank() over (order by total desc, d0) as place
    from
    (
      select
        cell,
        d0,
        m0,
        sum(weight) over (partition by d0) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 1000, d0, {p5:String}) as g0,
  argMaxMerge(m0) as value
from ranked
group by bucket, g0
order by bucket, g0 asc nulls last
