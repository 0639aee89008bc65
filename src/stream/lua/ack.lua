-- Acknowledges the oldest sealed batch: records its outcome, moves the cursor, counts, and trims, all at once.
--
-- KEYS  1 lease hash   2 state hash   3 sealed list   4 events stream   5 outcomes stream   6 hash of what waits
--       7 live stream
-- ARGV  1 token   2 seq   3 prefix of the counter hashes   4 counter ttl, ms   5 outcomes kept, ms   6 outcomes max
--       7 digest of what live views are to count of the batch; empty: nothing is told
--       8 what its stored events touch, as JSON: [version hash, newest receipt, fields] a project; empty: nothing
--       9 number of count groups n, then n times
--         hour, project, bytes that no longer wait, and what to add to accepted, pending, stored, duplicates,
--         rejected and dropped
--       then the outcome record's fields
-- Answers 'ok' | 'already' | 'fenced' | 'order'
-- Fields of a project's versions, about 100 bytes each; one with more begins again, with everything touched.
local versionFieldsMax = 10000

if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 'fenced'
end
local sealed = redis.call('LINDEX', KEYS[3], 0)
local seq, last, bytes
if sealed then
  seq, last, bytes = string.match(sealed, '^(%d+) %S+ (%S+) %d+ (%d+)')
end
if seq ~= ARGV[2] then
  if tonumber(redis.call('HGET', KEYS[2], 'acked_seq') or '0') >= tonumber(ARGV[2]) then
    return 'already'
  end
  return 'order'
end

redis.call('LPOP', KEYS[3])
redis.call('HSET', KEYS[2], 'acked', last, 'acked_seq', seq)
redis.call('HINCRBY', KEYS[2], 'bytes', -tonumber(bytes))

local at = 10
local names = { 'accepted', 'pending', 'stored', 'duplicates', 'rejected', 'dropped' }
for _ = 1, tonumber(ARGV[9]) do
  local key = ARGV[3] .. ARGV[at]
  local project = ARGV[at + 1]
  if redis.call('HINCRBY', KEYS[6], project, -tonumber(ARGV[at + 2])) <= 0 then
    redis.call('HDEL', KEYS[6], project)
  end
  for i, name in ipairs(names) do
    local n = ARGV[at + 2 + i]
    if n ~= '0' then
      redis.call('HINCRBY', key, name .. ':' .. project, n)
    end
  end
  if redis.call('PTTL', key) == -1 then
    redis.call('PEXPIRE', key, ARGV[4])
  end
  at = at + 9
end

-- What live views were told (live.lua) must be what was stored; else, or if nothing was, they are sent to the tables.
-- This must not stand in the way of an acknowledgement: a live stream that refuses is found by its readers.
if ARGV[7] ~= '' then
  local told = redis.call('HMGET', KEYS[2], 'live_seq', 'live_digest')
  if told[1] ~= seq or told[2] ~= ARGV[7] then
    local id = told[1] == seq and seq .. '-1' or seq .. '-0'
    redis.pcall('XADD', KEYS[7], id, 'p', told[1] or '0', 'r', '1')
    redis.call('HSET', KEYS[2], 'live_seq', seq, 'live_digest', ARGV[7])
  end
end

-- What was touched gets the next version (data-version.ts). A record that cannot be written is taken away: without one no answer
-- is kept, and an acknowledgement must not fail over it.
local function touch(key, received, fields)
  local newest = redis.call('HGET', key, 'n')
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  now = string.format('%.0f', math.max(now, tonumber(newest or '0') + 1))
  if newest and redis.call('HLEN', key) > versionFieldsMax then
    local before = redis.call('HGET', key, 'received')
    redis.call('DEL', key)
    redis.call('HSET', key, 'received', before or '0')
    newest = nil
  end
  redis.call('HSET', key, 'n', now)
  if not newest then
    redis.call('HSET', key, 'all', now)
  end
  for _, field in ipairs(fields) do
    redis.call('HSET', key, field, now)
  end
  if tonumber(redis.call('HGET', key, 'received') or '0') < received then
    redis.call('HSET', key, 'received', string.format('%.0f', received))
  end
end
if ARGV[8] ~= '' then
  for _, touched in ipairs(cjson.decode(ARGV[8])) do
    if not pcall(touch, touched[1], touched[2], touched[3]) then
      redis.pcall('DEL', touched[1])
    end
  end
end

redis.call('XADD', KEYS[5], last, unpack(ARGV, at))
local ms, inMs = string.match(last, '^(%d+)-(%d+)$')
redis.call('XTRIM', KEYS[4], 'MINID', ms .. '-' .. string.format('%.0f', tonumber(inMs) + 1))
local oldest = math.max(tonumber(ms) - tonumber(ARGV[5]), 0)
redis.call('XTRIM', KEYS[5], 'MINID', '~', string.format('%.0f', oldest))
redis.call('XTRIM', KEYS[5], 'MAXLEN', '~', ARGV[6])
return 'ok'
