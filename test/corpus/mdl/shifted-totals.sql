-- {"p0":"shop","p1":1740873600000,"p2":1741305600000,"p3":"page_view","p4":1741132800000,"p5":1741219200000,"p6":1740960000000,"p7":0}
with
  facts as
  (
    select
      toUnixTimestamp64Milli(timestamp) as at
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
      {p4:Int64} as bucket,
      toFloat64(countIf(at >= {p4:Int64} and at < {p5:Int64})) as v0,
      toFloat64(countIf(at >= {p1:Int64} and at < {p6:Int64})) as v1,
      toFloat64(countIf(at >= {p6:Int64} and at < {p6:Int64})) as v2,
      count() as weight
    from facts
  )
select
  bucket,
  v0 + v1 + {p7:Float64} * v2 as value
from cells
order by bucket
