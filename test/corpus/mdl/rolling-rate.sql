-- {"p0":"shop","p1":1740970800000,"p2":1740996000000,"p3":1740994200000,"p4":"page_view","p5":3600,"p6":1740978000000}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 3600000)) as bucket
    from events
    where project = {p0:String}
      and event = {p4:String}
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p3:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p3:Int64}, 'UTC'))
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
    from (select arrayJoin(range({p1:Int64}, {p2:Int64}, 3600000)) as bucket) as slots
    left join cells on cells.cell = slots.bucket
  ),
  framed as
  (
    select
      bucket,
      toFloat64(countMerge(m0) over (order by bucket rows between 2 preceding and current row)) as v0,
      (least(ifNull(minOrNull(bucket) over (order by bucket rows between 1 following and 1 following), {p2:Int64}), {p3:Int64}) - greatest(minOrNull(bucket) over (order by bucket rows between 2 preceding and current row), {p1:Int64})) / 1000 as v1,
      toFloat64(countMerge(m0) over (order by bucket rows between 1 preceding and 1 preceding)) as v2,
      (least(ifNull(minOrNull(bucket) over (order by bucket rows between current row and current row), {p2:Int64}), {p3:Int64}) - greatest(minOrNull(bucket) over (order by bucket rows between 1 preceding and 1 preceding), {p1:Int64})) / 1000 as v3
    from dense
  )
select
  bucket,
  v0 / nullIf(v1 / nullIf({p5:Float64}, 0), 0) - v2 / nullIf(v3 / nullIf({p5:Float64}, 0), 0) as value
from framed
where bucket >= {p6:Int64}
order by bucket
