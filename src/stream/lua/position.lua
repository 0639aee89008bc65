-- Where a partition stands. Read only.
--
-- KEYS  1 state hash   2 sealed list   3 events stream
-- Answers {sealed_to or nil, sealed batches, id of the oldest entry or nil, Redis's clock in ms, entries, bytes}
local state = redis.call('HMGET', KEYS[1], 'sealed_to', 'bytes')
local first = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
local time = redis.call('TIME')
return {
  state[1],
  redis.call('LRANGE', KEYS[2], 0, -1),
  first and first[1] or false,
  string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)),
  redis.call('XLEN', KEYS[3]),
  state[2] or '0',
}
