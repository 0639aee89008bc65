-- Appends events to a stream under ids that follow from their batch: what is there already stays, so a repeat adds nothing.
--
-- KEYS  1 stream   2 hash: dropped
-- ARGV  1 entries the stream may have   then id, event JSON, for each event, ids growing
-- Answers how many were added. The oldest entries beyond the limit are dropped and counted.
local added = 0
for i = 2, #ARGV, 2 do
  local reply = redis.pcall('XADD', KEYS[1], ARGV[i], 'event', ARGV[i + 1])
  if type(reply) == 'table' and reply.err then
    if not string.find(reply.err, 'equal or smaller', 1, true) then
      return reply
    end
  else
    added = added + 1
  end
end
local over = redis.call('XLEN', KEYS[1]) - tonumber(ARGV[1])
if over > 0 then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[1])
  redis.call('HINCRBY', KEYS[2], 'dropped', over)
end
return added
