-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_started","p4":"checkout_completed","p5":"page_view","p6":5,"p7":0}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      event = {p3:String} as s0,
      event = {p4:String} as s1,
      event = {p5:String} as s2,
      person_key as who
    from events
    where project = {p0:String}
      and event in ({p3:String}, {p4:String}, {p5:String})
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  )
select
  bucket,
  if((ifNull(toFloat64(countIf(s0)) >= {p6:Float64}, false) and not (ifNull(toFloat64(countIf(s1)) = {p7:Float64}, false) or isNull(toFloat64(uniqExactIf(who, s2))))), toFloat64(countIf(s1)) / nullIf(toFloat64(countIf(s0)), 0), cast(null, 'Nullable(Float64)')) as value
from facts
group by bucket
order by bucket
