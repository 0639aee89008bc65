-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"page_view","p4":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`path`), 'null') as d0,
      nullIf(toJSONString(context.`os`.`name`), 'null') as d1
    from events
    where project = {p0:String}
      and event = {p3:String}
      and (isNotNull(properties.`seconds`) or notEmpty(properties.^`seconds`))
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
      countState() as m0,
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
      dense_rank() over (order by total desc, d0, d1) as place
    from
    (
      select
        cell,
        d0,
        d1,
        m0,
        sum(weight) over (partition by d0, d1) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 1000, d0, {p4:String}) as g0,
  if(place <= 1000, d1, {p4:String}) as g1,
  toFloat64(countMerge(m0)) as value
from ranked
group by bucket, g0, g1
order by bucket, g0 asc nulls last, g1 asc nulls last
