-- Answers of a window, as bucket_lookup.lua, out of this generation and the last; what only the last one has is
-- written to this one, which happens once for each entry, as it is found here from then on.
--
-- KEYS     two directories for each hash tag of the window, in the order of the records: this one's, the last one's
-- ARGV[1]  records of 8 bytes, those of a tag side by side
-- ARGV[2]  when this generation is forgotten, in milliseconds of unix time
--
-- An answer that cannot be copied, because the server is out of memory or accepts no writes, is still returned.
local records, expiresAtMs = ARGV[1], ARGV[2]
local answers, count = {}, 0
local tag, at, this, last = -1, -1
for p = 1, #records, 8 do
  local b0, b1, b2, b3 = byte(records, p, p + 3)
  local root = b0 % 4
  if b0 - root ~= tag then
    tag = b0 - root
    at = at + 2
    this, last = open(KEYS[at]), open(KEYS[at + 1])
  end
  local path, field = root + 4 * b1 + 1024 * b2 + 262144 * b3, sub(records, p + 1, p + 7)
  local answer = call('HGET', nameOf(this, (find(this, path))), field)
  if not answer then
    answer = call('HGET', nameOf(last, (find(last, path))), field)
    if answer then pcall(place, this, path, field, answer, expiresAtMs) end
  end
  count = count + 1
  answers[count] = answer
end
return answers
