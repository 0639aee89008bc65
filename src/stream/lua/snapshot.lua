-- One project's counters, and where the partition stands, at one instant. Read only.
--
-- KEYS  1 state hash
-- ARGV  1 prefix of the counter hashes   2 project   3 first hour, ms   4 end, ms (not included)
-- Answers {acked_seq, accepted, pending, stored, duplicates, rejected, dropped}
local sums = { 0, 0, 0, 0, 0, 0 }
local names = { 'accepted', 'pending', 'stored', 'duplicates', 'rejected', 'dropped' }
local fields = {}
for i, name in ipairs(names) do
  fields[i] = name .. ':' .. ARGV[2]
end
for hour = tonumber(ARGV[3]), tonumber(ARGV[4]) - 1, 3600000 do
  local found = redis.call('HMGET', ARGV[1] .. string.format('%.0f', hour), unpack(fields))
  for i = 1, #names do
    sums[i] = sums[i] + tonumber(found[i] or '0')
  end
end
local answer = { redis.call('HGET', KEYS[1], 'acked_seq') or '0' }
for i = 1, #names do
  answer[i + 1] = string.format('%.0f', sums[i])
end
return answer
