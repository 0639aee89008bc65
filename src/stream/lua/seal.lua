-- Fixes which entries make the next batch, before anything of it is stored.
--
-- KEYS  1 lease hash   2 state hash   3 sealed list
-- ARGV  1 token   2 first entry id   3 last entry id   4 entries   5 bytes   6 events
-- Answers {'ok', seq} | {'fenced'} | {'order'}
--
-- seq grows with the stream and never repeats, even after Redis lost its data: it is at least the clock's microseconds.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return { 'fenced' }
end

local function before(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  aMs, aSeq, bMs, bSeq = tonumber(aMs), tonumber(aSeq), tonumber(bMs), tonumber(bSeq)
  return aMs < bMs or (aMs == bMs and aSeq < bSeq)
end

local state = redis.call('HMGET', KEYS[2], 'seq', 'sealed_to')
if before(ARGV[3], ARGV[2]) or (state[2] and not before(state[2], ARGV[2])) then
  return { 'order' }
end
local time = redis.call('TIME')
local seq = math.max(tonumber(state[1] or '0') + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
local seqText = string.format('%.0f', seq)
redis.call('HSET', KEYS[2], 'seq', seqText, 'sealed_to', ARGV[3])
redis.call('RPUSH', KEYS[3], table.concat({ seqText, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6] }, ' '))
return { 'ok', seqText }
