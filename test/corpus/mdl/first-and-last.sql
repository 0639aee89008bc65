-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      properties.`revenue`.:`Float64` as x0,
      (timestamp, event_id) as moment
    from events
    where project = {p0:String}
      and event = {p3:String}
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  )
select
  bucket,
  toFloat64(argMax(x0, moment)) - toFloat64(argMin(x0, moment)) as value
from facts
group by bucket
order by bucket
