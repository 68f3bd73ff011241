-- Prepended to the script that stores answers: records what it is about to write.
--
-- The journal is a hash that exists while any process follows it: redis_journal.ts says why. Its fields are
-- numbers, each with the token of a write and the records written; "last" and "first", the numbers that it has;
-- and "bytes", what these take. A write is recorded before it is made, so one that fails halfway is recorded too.
local maxJournalBytes = 8388608
local journalEntryBytes = 64

local function note(journal, token, records)
  if redis.call('EXISTS', journal) == 0 then return end
  local number = redis.call('HINCRBY', journal, 'last', 1)
  redis.call('HSET', journal, number, token .. records)
  local bytes = redis.call('HINCRBY', journal, 'bytes', #token + #records + journalEntryBytes)
  if bytes <= maxJournalBytes then return end
  local first = tonumber(redis.call('HGET', journal, 'first'))
  while bytes > maxJournalBytes and first < number do
    bytes = bytes - redis.call('HSTRLEN', journal, first) - journalEntryBytes
    redis.call('HDEL', journal, first)
    first = first + 1
  end
  redis.call('HSET', journal, 'first', first, 'bytes', bytes)
end
