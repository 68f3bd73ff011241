-- What the journal has after a mark: a number, its token, the records between the mark and that number, and 1
-- if it is the last one; nothing if the journal does not have the mark.
--
-- KEYS[1]  the journal; journal_append.lua says what is in it
-- ARGV[1]  the mark's number; empty for a mark at the end of the journal, which is created if missing
-- ARGV[2]  the mark's token; of a new journal, its first one
-- ARGV[3]  how long the journal is kept after it was last followed, in milliseconds; at least half as long
local journal, number, token, keptMs = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local tokenBytes, maxReplyBytes = 16, 262144
local last = redis.call('HGET', journal, 'last')
if number == '' then
  if not last then
    redis.call('HSET', journal, 'first', 0, 'last', 0, '0', token, 'bytes', tokenBytes + 64)
    last = '0'
  end
  number = last
  token = string.sub(redis.call('HGET', journal, number), 1, tokenBytes)
elseif not last then
  return {}
else
  local noted = redis.call('HGET', journal, number)
  if not noted or string.sub(noted, 1, tokenBytes) ~= token then return {} end
end
-- If this client may not write, another one keeps it alive.
if redis.call('PTTL', journal) < keptMs / 2 then redis.pcall('PEXPIRE', journal, keptMs) end
local at, end_, records, bytes = tonumber(number), tonumber(last), {}, 0
while at < end_ and bytes < maxReplyBytes do
  at = at + 1
  local noted = redis.call('HGET', journal, at)
  token = string.sub(noted, 1, tokenBytes)
  records[#records + 1] = string.sub(noted, tokenBytes + 1)
  bytes = bytes + #noted
end
return { at, token, table.concat(records), at == end_ and 1 or 0 }
