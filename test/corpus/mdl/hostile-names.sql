-- hostile:2:22  warning: the event "x' or 1=1 --" has not been seen yet
--     formula = """count("x' or 1=1 --" where "a`b\\\\c" . "{p0:String}" = "{p1:String} {{slot}} ') ; drop table events" or pr…
--                        ^^^^^^^^^^^^^^
--     it counts as nothing until the first one arrives
-- 
-- hostile:2:165  warning: the event ""}
-- {p9:UInt8}" has not been seen yet
--     …g} {{slot}} ') ; drop table events" or properties."); select 1" like "%`%") + uniq('"}\\n{p9:UInt8}')"""
--                                                                                         ^^^^^^^^^^^^^^^^^
--     it counts as nothing until the first one arrives
-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"x' or 1=1 --","p4":"{p1:String} {{slot}} ') ; drop table events","p5":"%`%","p6":"\"}\n{p9:UInt8}","p7":"$other"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket,
      nullIf(toJSONString(properties.`d\`) from system`.`tables --`), 'null') as d0,
      nullIf(toJSONString(properties.`{p0:Identifier}`), 'null') as d1,
      nullIf(toJSONString(properties.`x\\`), 'null') as d2,
      (event = {p3:String} and (ifNull(properties.`a\`b\\c`.`{p0:String}`.:`String` = {p4:String}, false) or ifNull(properties.`); select 1`.:`String` like {p5:String}, false))) as s0,
      event = {p6:String} as s1,
      person_key as who
    from events
    where project = {p0:String}
      and event in ({p3:String}, {p6:String})
      and (s0 or s1)
      and timestamp >= fromUnixTimestamp64Milli({p1:Int64}, 'UTC')
      and timestamp < fromUnixTimestamp64Milli({p2:Int64}, 'UTC')
      and toDate(timestamp) between toDate(fromUnixTimestamp64Milli({p1:Int64}, 'UTC')) and toDate(fromUnixTimestamp64Milli({p2:Int64}, 'UTC'))
  ),
  cells as
  (
    select
      bucket as cell,
      d0,
      d1,
      d2,
      countStateIf(s0) as m0,
      uniqExactStateIf(who, s1) as m1,
      count() as weight
    from facts
    group by cell, d0, d1, d2
  ),
  ranked as
  (
    select
      cell,
      d0,
      d1,
      d2,
      m0,
      m1,
      dense_rank() over (order by total desc, d0, d1, d2) as place
    from
    (
      select
        cell,
        d0,
        d1,
        d2,
        m0,
        m1,
        sum(weight) over (partition by d0, d1, d2) as total
      from cells
    )
  )
select
  cell as bucket,
  if(place <= 1000, d0, {p7:String}) as g0,
  if(place <= 1000, d1, {p7:String}) as g1,
  if(place <= 1000, d2, {p7:String}) as g2,
  toFloat64(countMerge(m0)) + toFloat64(uniqExactMerge(m1)) as value
from ranked
group by bucket, g0, g1, g2
order by bucket, g0 asc nulls last, g1 asc nulls last, g2 asc nulls last
