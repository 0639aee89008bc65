-- Whether everything received before an instant is stored, and nothing will be received before it any more.
--
-- KEYS  1 events stream
-- ARGV  1 the instant, epoch ms
-- Answers 'early' (the instant is still to come) | 'waiting' (entries from before it are not stored yet) | 'settled'
--
-- Settled means for ever: the stream's newest id is moved up to the instant, so that also after the clock was set back no
-- entry gets an earlier one.
local cut = tonumber(ARGV[1])
local time = redis.call('TIME')
if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) < cut then
  return 'early'
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[1], 'settle', '$', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[1], 'settle')
end
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if oldest and tonumber(string.match(oldest[1], '^%d+')) < cut then
  return 'waiting'
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' and tonumber(string.match(info[i + 1], '^%d+')) < cut then
    redis.call('XSETID', KEYS[1], ARGV[1] .. '-0')
  end
end
return 'settled'
