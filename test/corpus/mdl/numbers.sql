-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      properties.`revenue`.:`Float64` as x0
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
      maxState(x0) as m0,
      minState(x0) as m1,
      sumKahanState(ifNull(x0, 0)) as m2,
      countState(x0) as m3
    from facts
    group by cell
  ),
  dense as
  (
    select
      slots.bucket as bucket,
      m0,
      m1,
      m2,
      m3
    from (select arrayJoin(range({p1:Int64}, {p2:Int64}, 86400000)) as bucket) as slots
    left join cells on cells.cell = slots.bucket
  )
select
  bucket,
  (toFloat64(finalizeAggregation(m0)) - toFloat64(finalizeAggregation(m1))) / nullIf(toFloat64(finalizeAggregation(m2)) / nullIf(toFloat64(finalizeAggregation(m3)), 0), 0) as value
from dense
order by bucket
