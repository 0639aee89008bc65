-- Tells live views of a batch, once: as soon as it is decided which of its events count.
--
-- KEYS  1 lease hash   2 state hash   3 live stream
-- ARGV  1 token   2 seq   3 digest   4 header   5 columns   6 sample   7 records to keep
-- Answers 'ok' | 'already' | 'fenced'
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 'fenced'
end
local before = redis.call('HGET', KEYS[2], 'live_seq') or '0'
if tonumber(before) >= tonumber(ARGV[2]) then
  return 'already'
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], ARGV[2] .. '-0',
  'p', before, 'd', ARGV[3], 'h', ARGV[4], 'b', ARGV[5], 's', ARGV[6])
redis.call('HSET', KEYS[2], 'live_seq', ARGV[2], 'live_digest', ARGV[3])
return 'ok'
