-- {"p0":"shop","p1":1740873600000,"p2":1741219200000,"p3":"checkout_completed","p4":"pro","p5":["free",""],"p6":"_r%","p7":1000,"p8":-1.5,"p9":true,"p10":"b","p11":"o","p12":"x","p13":"s","p14":"^o'[a-z]+$","p15":1740873600000,"p16":"u1"}
with
  facts as
  (
    select
      roundDown(toUnixTimestamp64Milli(timestamp), range({p1:Int64}, {p2:Int64}, 86400000)) as bucket
    from events
    where project = {p0:String}
      and event = {p3:String}
      and ((ifNull(properties.`plan`.:`String` = {p4:String}, false) or ifNull(properties.`plan`.:`String` in {p5:Array(String)}, false) or not ifNull(properties.`plan`.:`String` like {p6:String}, false)) and ifNull(properties.`revenue`.:`Float64` <= {p7:Float64}, false) and not ifNull(properties.`tax`.:`Float64` = {p8:Float64}, false) and (ifNull(properties.`gift`.:`Bool` = {p9:Bool}, false) or not (isNotNull(properties.`gift`) or notEmpty(properties.^`gift`))) and not (ifNull(position(properties.`tags`.:`String`, {p10:String}) > 0, false) or has(properties.`tags`.:`Array(Nullable(String))`, {p10:String})) and (ifNull(position(properties.`product_category`.:`String`, {p11:String}) > 0, false) or has(properties.`product_category`.:`Array(Nullable(String))`, {p11:String})) and not ifNull(startsWith(properties.`product_category`.:`String`, {p12:String}), false) and (ifNull(endsWith(properties.`product_category`.:`String`, {p13:String}), false) or ifNull(match(properties.`product_category`.:`String`, {p14:String}), false)) and ((ifNull(properties.`items`.`total`.:`String` < properties.`revenue`.:`String`, false) or ifNull(properties.`items`.`total`.:`Float64` < properties.`revenue`.:`Float64`, false)) or not (isNotNull(properties.`items`.`kind`) or notEmpty(properties.^`items`.`kind`)) or ifNull(properties.`items`.`kind`.:`String` = {p12:String}, false)) and (isNotNull(context.`os`.`name`) or notEmpty(context.^`os`.`name`)) and isNotNull(nullIf(session_id, '')) and ifNull(toFloat64(toUnixTimestamp64Milli(timestamp)) >= {p15:Float64}, false) and not ifNull(person = {p16:String}, false))
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
