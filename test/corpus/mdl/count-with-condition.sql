-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed","p4":100,"p5":"pro"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket
    from events
    where project = {p0:String}
      and event = {p3:String}
      and (ifNull(properties.`revenue`.:`Float64` > {p4:Float64}, false) and ifNull(properties.`plan`.:`String` = {p5:String}, false))
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  )
select
  bucket,
  toFloat64(count()) as value
from facts
group by bucket
order by bucket
