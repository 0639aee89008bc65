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
  )
select
  bucket,
  toFloat64(sumKahan(ifNull(x0, 0))) as value
from facts
group by bucket
order by bucket
