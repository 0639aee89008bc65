-- Reads entries up to a number of bytes, which XREAD cannot promise. Read only.
--
-- KEYS  1 events stream
-- ARGV  1 entry id to read after   2 bytes max   3 entries max
-- Answers entries as XRANGE does. At least one when there is one; over the bytes by less than STEP entries.
local STEP = 4
local from = ARGV[1]
local bytes = 0
local out = {}
local bytesMax = tonumber(ARGV[2])
local entriesMax = tonumber(ARGV[3])
while bytes < bytesMax and #out < entriesMax do
  local found = redis.call('XRANGE', KEYS[1], '(' .. from, '+', 'COUNT', STEP)
  for _, entry in ipairs(found) do
    out[#out + 1] = entry
    local fields = entry[2]
    bytes = bytes + #fields[#fields]
  end
  if #found < STEP then
    break
  end
  from = out[#out][1]
end
return out
