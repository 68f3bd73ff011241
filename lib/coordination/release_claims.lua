-- Releases keys, if they are still the holder's.
--
-- KEYS     claims
-- ARGV[1]  the holder
-- ARGV[2]  for how long others see them as refused by the model, in milliseconds; 0 for not at all
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    if ARGV[2] == '0' then
      redis.call('DEL', KEYS[i])
    else
      redis.call('SET', KEYS[i], '!', 'PX', ARGV[2])
    end
  end
end
