-- Tries to hold keys. For each: 1 won, or held already; 0 held by another; 2 refused by the model.
--
-- KEYS       claims, all of one slot where the server is a Cluster's
-- ARGV[1]    the holder
-- ARGV[2]    for how long, in milliseconds
-- ARGV[3 …]  for each key, the holder that has died with it, or an empty text; none at all where there is no such key
local holder, ms = ARGV[1], ARGV[2]
local holdings = {}
for i = 1, #KEYS do
  if redis.call('SET', KEYS[i], holder, 'NX', 'PX', ms) then
    holdings[i] = 1
  else
    local other = redis.call('GET', KEYS[i])
    if other == ARGV[i + 2] then
      redis.call('SET', KEYS[i], holder, 'PX', ms)
      other = holder
    end
    holdings[i] = other == holder and 1 or other == '!' and 2 or 0
  end
end
return holdings
