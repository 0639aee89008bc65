-- One project's counters, and where its partition stands, at one instant. Read only.
--
-- KEYS  1 state hash   2 events stream
-- ARGV  1 prefix of the counter hashes   2 project   3 first hour, ms   4 end, ms (not included)
--       5 entries max   6 bytes max: a larger backlog is not counted entry by entry
-- Answers {acked_seq, accepted, pending, stored, duplicates, rejected, dropped, waiting}, all text; waiting is the number of
-- the project's events in waiting entries received in the span, or -1 when it was not counted.
local names = { 'accepted', 'pending', 'stored', 'duplicates', 'rejected', 'dropped' }
local fields = {}
local sums = {}
for i, name in ipairs(names) do
  fields[i] = name .. ':' .. ARGV[2]
  sums[i] = 0
end
local from, to = tonumber(ARGV[3]), tonumber(ARGV[4])
for hour = from, to - 1, 3600000 do
  local found = redis.call('HMGET', ARGV[1] .. string.format('%.0f', hour), unpack(fields))
  for i = 1, #names do
    sums[i] = sums[i] + tonumber(found[i] or '0')
  end
end

local state = redis.call('HMGET', KEYS[1], 'acked_seq', 'bytes')
local waiting = -1
if redis.call('XLEN', KEYS[2]) <= tonumber(ARGV[5]) and tonumber(state[2] or '0') <= tonumber(ARGV[6]) then
  waiting = 0
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
    local ms = tonumber(string.match(entry[1], '^%d+'))
    local values = {}
    for i = 1, #entry[2] - 1, 2 do
      values[entry[2][i]] = entry[2][i + 1]
    end
    if values.p == ARGV[2] and ms >= from and ms < to then
      waiting = waiting + tonumber(values.n)
    end
  end
end

local answer = { state[1] or '0' }
for i = 1, #names do
  answer[i + 1] = string.format('%.0f', sums[i])
end
answer[#names + 2] = string.format('%.0f', waiting)
return answer
