-- Takes a partition's lease when it is free, or when the holder shows no sign of life.
--
-- KEYS  1 lease hash   2 state hash
-- ARGV  1 owner   2 connection   3 the lease ("token/beat") the caller watched long enough to call dead; '' for none
-- Answers {'ok', token} | {'held'}
--
-- There is no time in here: whoever asks has watched the beat stand still on a clock of its own. A wrong guess
-- costs the old holder its work, never correctness, because every script checks the token.
local held = redis.call('HMGET', KEYS[1], 'token', 'beat')
if held[1] and held[1] .. '/' .. held[2] ~= ARGV[3] then
  return { 'held' }
end
local token = redis.call('HINCRBY', KEYS[2], 'token', 1)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'token', token, 'beat', 0, 'owner', ARGV[1], 'connection', ARGV[2])
return { 'ok', tostring(token) }
