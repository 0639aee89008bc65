-- Acknowledges the oldest sealed batch: records its outcome, moves the cursor, counts, and trims, all at once.
--
-- KEYS  1 lease hash   2 state hash   3 sealed list   4 events stream   5 outcomes stream   6 hash of what waits
--       7 live stream
-- ARGV  1 token   2 seq   3 prefix of the counter hashes   4 counter ttl, ms   5 outcomes kept, ms   6 outcomes max
--       7 digest of what live views are to count of the batch; empty: nothing is told
--       8 number of count groups n, then n times
--         hour, project, bytes that no longer wait, and what to add to accepted, pending, stored, duplicates,
--         rejected and dropped
--       then the outcome record's fields
-- Answers 'ok' | 'already' | 'fenced' | 'order'
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

local at = 9
local names = { 'accepted', 'pending', 'stored', 'duplicates', 'rejected', 'dropped' }
for _ = 1, tonumber(ARGV[8]) do
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

redis.call('XADD', KEYS[5], last, unpack(ARGV, at))
local ms, inMs = string.match(last, '^(%d+)-(%d+)$')
redis.call('XTRIM', KEYS[4], 'MINID', ms .. '-' .. string.format('%.0f', tonumber(inMs) + 1))
local oldest = math.max(tonumber(ms) - tonumber(ARGV[5]), 0)
redis.call('XTRIM', KEYS[5], 'MINID', '~', string.format('%.0f', oldest))
redis.call('XTRIM', KEYS[5], 'MAXLEN', '~', ARGV[6])
return 'ok'
