-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed","p4":"DE"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      properties.`revenue`.:`Float64` as x0,
      properties.`tax`.:`Float64` as x1
    from events
    where project = {p0:String}
      and event = {p3:String}
      and ifNull(context.`country`.:`String` = {p4:String}, false)
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  )
select
  bucket,
  toFloat64(sumKahan(ifNull(x0, 0))) - toFloat64(sumKahan(ifNull(x1, 0))) as value
from facts
group by bucket
order by bucket
