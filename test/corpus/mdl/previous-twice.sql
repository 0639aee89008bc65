-- {"p0":"shop","p1":1740700800000,"p2":1741219200000,"p3":"page_view","p4":1,"p5":2,"p6":1740873600000}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
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
      countState() as m0,
      uniqExactState(who) as m1
    from facts
    group by cell
  ),
  dense as
  (
    select
      slots.bucket as bucket,
      m0,
      m1
    from (select arrayJoin(range({p1:Int64}, {p2:Int64}, 86400000)) as bucket) as slots
    left join cells on cells.cell = slots.bucket
  ),
  framed as
  (
    select
      bucket,
      toFloat64(finalizeAggregation(m0)) as v0,
      toFloat64(countMerge(m0) over (order by bucket rows between 2 preceding and 2 preceding)) as v1,
      toFloat64(uniqExactMerge(m1) over (order by bucket rows between 1 preceding and 1 preceding)) as v2
    from dense
  )
select
  bucket,
  v0 - (v1 - v2) - ({p4:Float64} - {p5:Float64}) as value
from framed
where bucket >= {p6:Int64}
order by bucket
