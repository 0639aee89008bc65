-- What became of one entry. Read only.
--
-- KEYS  1 events stream   2 outcomes stream   3 state hash
-- ARGV  1 entry id
-- Answers {'outcome', record id, fields} | {'pending', project, event count} | {'unknown'}; an outcome record may turn out not to hold the entry,
-- when the entry's own record has expired.
local found = redis.call('XRANGE', KEYS[2], ARGV[1], '+', 'COUNT', 1)
if found[1] then
  return { 'outcome', found[1][1], found[1][2] }
end
local waiting = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1], 'COUNT', 1)
if waiting[1] then
  return { 'pending', waiting[1][2][2], waiting[1][2][8] }
end
return { 'unknown' }
