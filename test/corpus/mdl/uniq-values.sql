-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      event = {p3:String} as s0,
      true as s1,
      nullIf(toJSONString(properties.`plan`), 'null') as x0,
      nullIf(toJSONString(nullIf(session_id, '')), 'null') as x1
    from events
    where project = {p0:String}
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      uniqExactStateIf(x0, s0) as m0,
      uniqExactStateIf(x1, s1) as m1
    from facts
    group by cell
  ),
  dense as
  (
    select
      slots.bucket as bucket,
      m0,
      m1
    from (select arrayJoin(range({p1:Int64}, {p2:Int64}, 86400000)) as bucket) as slots
    left join cells on cells.cell = slots.bucket
  )
select
  bucket,
  toFloat64(finalizeAggregation(m0)) + toFloat64(finalizeAggregation(m1)) as value
from dense
order by bucket
