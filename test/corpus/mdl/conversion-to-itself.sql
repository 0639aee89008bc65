-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":1741392000000,"p4":"checkout_completed","p5":0,"p6":172800000}
with
  facts as
  (
    select
      toUnixTimestamp64Milli(timestamp) as at,
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      event = {p4:String} as s0,
      (event = {p4:String} and ifNull(properties.`revenue`.:`Float64` > {p5:Float64}, false)) as s1,
      person_key as who
    from events
    where project = {p0:String}
      and event = {p4:String}
      and (s0 or s1)
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p3:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p3:Int64}, 'UTC'))
  ),
  followed as
  (
    select
      at,
      bucket,
      s0,
      s1,
      who,
      countIf(s1) over (partition by who, at) > toUInt64(s1) or ifNull(min(if(s1, at, null)) over (partition by who order by at desc range between unbounded preceding and 1 preceding) <= at + {p6:Int64}, false) as reached0
    from facts
  )
select
  bucket,
  toFloat64(uniqExactIf(who, s0 and reached0)) / nullIf(toFloat64(uniqExactIf(who, s0)), 0) as value
from followed
where at < {p2:Int64}
group by bucket
order by bucket
