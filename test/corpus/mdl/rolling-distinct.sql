-- {"p0":"shop","p1":1740700800000,"p2":1741219200000,"p3":"$other","p4":1740873600000}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`product_category`), 'null') as d0,
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
      bucket as cell,
      d0,
      uniqExactState(who) as m0,
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
      dense_rank() over (order by total desc, d0) as place,
      row_number() over (partition by d0 order by cell) as ordinal
    from
    (
      select
        cell,
        d0,
        m0,
        sum(weight) over (partition by d0) as total
      from cells
    )
  ),
  dense as
  (
    select
      slot.1 as bucket,
      if(place <= 1000, d0, {p3:String}) as g0,
      uniqExactMergeStateIf(m0, slot.2) as m0
    from ranked
    array join arrayConcat(
      [(cell, true)],
      if(ordinal = 1 and place <= 1001, arrayMap(start -> (start, false), range({p1:Int64}, {p2:Int64}, 86400000)), [])
    ) as slot
    group by bucket, g0
  ),
  framed as
  (
    select
      bucket,
      g0,
      toFloat64(uniqExactMerge(m0) over (partition by g0 order by bucket rows between 2 preceding and current row)) as v0
    from dense
  )
select
  bucket,
  g0,
  v0 as value
from framed
where bucket >= {p4:Int64}
order by bucket, g0 asc nulls last
