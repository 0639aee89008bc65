-- Everything of a project changed (data-version.ts). Without a record nothing is kept that could be old.
--
-- KEYS  1 version hash
local newest = redis.call('HGET', KEYS[1], 'n')
if not newest then
  return 'none'
end
local time = redis.call('TIME')
local now = string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), tonumber(newest) + 1))
redis.call('HSET', KEYS[1], 'n', now, 'all', now)
return 'ok'
