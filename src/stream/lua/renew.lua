-- Shows that the holder of a lease lives.
--
-- KEYS  1 lease hash
-- ARGV  1 token   2 connection
-- Answers 'ok' | 'lost'
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 'lost'
end
redis.call('HINCRBY', KEYS[1], 'beat', 1)
redis.call('HSET', KEYS[1], 'connection', ARGV[2])
return 'ok'
