-- Takes the next turn of all processes: evenly spaced, by this server's clock. The generic cell rate algorithm
-- (virtual scheduling, ITU-T I.371) without a burst: what is kept is the time of the next turn, its "theoretical
-- arrival time". Returns how long until the turn, in microseconds, and among how many processes turns are shared.
--
-- KEYS[1]  the time of the next turn, in microseconds of unix time
-- KEYS[2]  processes, by when they took a turn last
-- ARGV[1]  between turns, in microseconds
-- ARGV[2]  this process
-- ARGV[3]  how long a process that takes no turn is remembered, in microseconds
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, memory = tonumber(ARGV[1]), tonumber(ARGV[3])
local turn = tonumber(redis.call('GET', KEYS[1]) or now)
-- If the clock was set back, or another server's clock counts now, do not wait for the old time.
if turn < now or turn > now + memory + 100 * interval then turn = now end
local written = function(number) return string.format('%.0f', number) end
redis.call('SET', KEYS[1], written(turn + interval), 'PX', written((turn + interval - now) / 1000 + 1))
redis.call('ZADD', KEYS[2], written(now), ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', written(now - memory))
redis.call('PEXPIRE', KEYS[2], written(memory / 1000))
return { turn - now, redis.call('ZCARD', KEYS[2]) }
