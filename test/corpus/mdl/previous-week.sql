-- {"p0":"shop","p1":1740787200000,"p2":1741478400000,"p3":"page_view","p4":1741392000000}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket
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
      countState() as m0
    from facts
    group by cell
  ),
  dense as
  (
    select
      slots.bucket as bucket,
      m0
    from (select arrayJoin(range({p1:Int64}, {p2:Int64}, 86400000)) as bucket) as slots
    left join cells on cells.cell = slots.bucket
  ),
  framed as
  (
    select
      bucket,
      toFloat64(finalizeAggregation(m0)) as v0,
      toFloat64(countMerge(m0) over (order by bucket rows between 7 preceding and 7 preceding)) as v1
    from dense
  )
select
  bucket,
  v0 - v1 as value
from framed
where bucket >= {p4:Int64}
order by bucket
