-- {"p0":"shop","p1":[1740614400000,1741219200000],"p2":1740960000000,"p3":1741564800000,"p4":"page_view","p5":30,"p6":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), {p1:Array(Int64)}) as bucket,
      nullIf(toJSONString(toString(event)), 'null') as d0,
      true as s0,
      (event = {p4:String} and ifNull(properties.`seconds`.:`Float64` > {p5:Float64}, false)) as s1,
      person_key as who
    from events
    where project = {p0:String}
      and timestamp >= fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p3:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p3:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      uniqExactStateIf(who, s0) as m0,
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
  toFloat64(uniqExactMerge(m0)) + toFloat64(countMerge(m1)) as value
from ranked
group by bucket, g0
order by bucket, g0 asc nulls last
