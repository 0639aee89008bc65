-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"page_view","p4":7,"p5":3,"p6":5,"p7":2,"p8":1}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      person_key as who
    from events
    where project = {p0:String}
      and event = {p3:String}
      and (isNotNull(properties.`path`) or notEmpty(properties.^`path`))
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  )
select
  bucket,
  arrayMap(x -> sign(x) * floor(abs(x) * 10 + 0.5) / 10, [toFloat64(uniqExact(who)) / nullIf({p4:Float64}, 0)])[1] + abs(negate({p5:Float64})) + arrayMap(x -> if(has(x, null), null, arrayMin(x)), [[toFloat64(count()), {p6:Float64}]])[1] + arrayMap(x -> if(has(x, null), null, arrayMax(x)), [[ifNull(cast(null, 'Nullable(Float64)'), {p7:Float64}), {p8:Float64}]])[1] as value
from facts
group by bucket
order by bucket
