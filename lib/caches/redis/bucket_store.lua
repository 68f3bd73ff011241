-- Stores answers, over older ones.
--
-- KEYS     directories, one for each hash tag of the records, in their order; with a token, the journal before them
-- ARGV[1]  records of 8 bytes, those of a tag side by side
-- ARGV[2]  their answers, decimal, with commas between
-- ARGV[3]  when they are forgotten, in milliseconds of unix time; empty for never
-- ARGV[4]  a token unique to this write; empty if no journal can be kept
local records = ARGV[1]
local nextAnswer = string.gmatch(ARGV[2], '[^,]+')
local expiresAtMs = ARGV[3] ~= '' and ARGV[3] or nil
local tag, at, directory = -1, 0
if ARGV[4] ~= '' then
  at = 1
  note(KEYS[1], ARGV[4], records)
end
for p = 1, #records, 8 do
  local b0, b1, b2, b3 = byte(records, p, p + 3)
  local root = b0 % 4
  if b0 - root ~= tag then
    tag = b0 - root
    at = at + 1
    directory = open(KEYS[at])
  end
  place(directory, root + 4 * b1 + 1024 * b2 + 262144 * b3, sub(records, p + 1, p + 7), nextAnswer(), expiresAtMs)
end
