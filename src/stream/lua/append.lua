-- Appends one payload to a partition's stream: all of it, or nothing.
--
-- KEYS  1 events stream   2 state hash   3 idempotency key (the state hash again when none is given)
--       4 hash of what waits of each project
-- ARGV  1 prefix of the counter hashes   2 bytes a project may have waiting   3 bytes all may   4 counter ttl, ms
--       5 idempotency ttl, ms (0: none)   6 answer to remember
--       7 project  8 format  9 encoding  10 event count  11 ip  12 user agent  13 body
--       14 what the entry weighs, bytes   15 entries max
-- Answers {'ok', id} | {'repeated', first id, remembered answer} | {'full', bytes of the project, bytes of all}
--
-- The entry id is Redis's own, so it only grows; its milliseconds are the payload's time of receipt everywhere.
local idempotencyTtl = tonumber(ARGV[5])
if idempotencyTtl > 0 then
  local first = redis.call('HMGET', KEYS[3], 'id', 'answer')
  if first[1] then
    return { 'repeated', first[1], first[2] }
  end
end

local weight = tonumber(ARGV[14])
local waiting = tonumber(redis.call('HGET', KEYS[4], ARGV[7]) or '0')
local all = tonumber(redis.call('HGET', KEYS[2], 'bytes') or '0')
if (waiting > 0 and waiting + weight > tonumber(ARGV[2])) or (all > 0 and all + weight > tonumber(ARGV[3]))
  or redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[15]) then
  return { 'full', waiting, all }
end

local id = redis.call('XADD', KEYS[1], '*', 'p', ARGV[7], 'f', ARGV[8], 'e', ARGV[9], 'n', ARGV[10],
  'i', ARGV[11], 'u', ARGV[12], 'b', ARGV[13])
redis.call('HINCRBY', KEYS[2], 'bytes', weight)
redis.call('HINCRBY', KEYS[4], ARGV[7], weight)

local ms = tonumber(string.match(id, '^%d+'))
local counts = ARGV[1] .. string.format('%.0f', ms - ms % 3600000)
local accepted = redis.call('HINCRBY', counts, 'accepted:' .. ARGV[7], ARGV[10])
redis.call('HINCRBY', counts, 'pending:' .. ARGV[7], ARGV[10])
if accepted == tonumber(ARGV[10]) then
  redis.call('PEXPIRE', counts, ARGV[4])
end

if idempotencyTtl > 0 then
  redis.call('HSET', KEYS[3], 'id', id, 'answer', ARGV[6])
  redis.call('PEXPIRE', KEYS[3], idempotencyTtl)
end
return { 'ok', id }
