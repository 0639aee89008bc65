-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"Order Completed","p4":5}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      properties.`Total Price`.:`Float64` as x0
    from events
    where project = {p0:String}
      and event = {p3:String}
      and ifNull(properties.`Total Price`.:`Float64` > {p4:Float64}, false)
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      sumKahanState(ifNull(x0, 0)) as m0
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
  )
select
  bucket,
  toFloat64(finalizeAggregation(m0)) as value
from dense
order by bucket
