-- Keeps holding keys, and takes back those that have no holder, as happens when the server was away for too long.
--
-- KEYS     claims
-- ARGV[1]  the holder
-- ARGV[2]  for how long, in milliseconds
for i = 1, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if not holder or holder == ARGV[1] then redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
end
