-- Gives a lease back. Answers 'ok' | 'lost'.
--
-- KEYS  1 lease hash
-- ARGV  1 token
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 'lost'
end
redis.call('DEL', KEYS[1])
return 'ok'
