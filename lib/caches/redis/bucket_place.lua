-- Where an entry is stored, and how it gets there. Prepended to the scripts that write.
--
-- A record is the first 8 bytes of a key's hash: 6 bits of hash tag, 2 bits of root, 7 bytes of field. Root and
-- field, lowest bits first, are its path. A bucket is a hash of fields and decimal answers, and its number the
-- first bits of the paths in it, as many as it is deep. The directory is a string with a byte for each number of
-- as many bits as the deepest bucket has: the depth of the bucket that such a path leads to. Before the first
-- split there is no directory, and four buckets of depth 2, one for each root.
--
-- All keys of a directory lie in its slot: the directory's own name, with the number behind it for a bucket.
local byte, sub, char, format, call = string.byte, string.sub, string.char, string.format, redis.call
-- A bucket stays a listpack up to 128 entries, and this one is split when it has one more than that.
local maxBucketEntries = 127
-- A directory takes a byte for each 88 entries or so, and 1 MiB at most.
local maxDepth = 20
local maxDirectoryBytes = 16384
local powers = { [0] = 1 }
for depth = 1, 20 do powers[depth] = powers[depth - 1] * 2 end

local function open(base)
  local bytes = call('GETRANGE', base, 0, maxDirectoryBytes - 1)
  local size = #bytes
  if size == 0 then return { base = base, bytes = '\2\2\2\2', size = 4 } end
  if size == maxDirectoryBytes then size = call('STRLEN', base) end
  return { base = base, bytes = bytes, size = size }
end

local function depthAt(directory, slot)
  return byte(directory.bytes, slot + 1) or byte(call('GETRANGE', directory.base, slot, slot))
end

local function nameOf(directory, bucket)
  return directory.base .. format('%d', bucket)
end

-- Halves a bucket: the entries whose path continues with a 1 move to a bucket whose number has that 1 in front.
-- What moves is written there before the directory leads to it, and taken away last.
local function split(directory, bucket, depth, expiresAtMs)
  local base, name, width = directory.base, nameOf(directory, bucket), powers[depth]
  local entries = call('HGETALL', name)
  local at, bit = (depth - 2 - (depth - 2) % 8) / 8 + 1, powers[(depth - 2) % 8]
  local moved, gone = {}, {}
  for i = 1, #entries, 2 do
    if (byte(entries[i], at) or 0) % (2 * bit) >= bit then
      gone[#gone + 1] = entries[i]
      moved[#moved + 1] = entries[i]
      moved[#moved + 1] = entries[i + 1]
    end
  end
  if #gone > 0 then
    local sibling = nameOf(directory, bucket + width)
    call('HSET', sibling, unpack(moved))
    if expiresAtMs then call('PEXPIREAT', sibling, expiresAtMs) end
  end
  local size = directory.size
  if width == size then
    local bytes = call('GET', base) or directory.bytes
    call('SET', base, bytes .. bytes)
    if expiresAtMs then call('PEXPIREAT', base, expiresAtMs) end
    size = size * 2
  elseif call('EXISTS', base) == 0 then
    call('SET', base, directory.bytes)
    if expiresAtMs then call('PEXPIREAT', base, expiresAtMs) end
  end
  for slot = bucket, size - 1, width do call('SETRANGE', base, slot, char(depth + 1)) end
  if #gone > 0 then call('HDEL', name, unpack(gone)) end
  local now = open(base)
  directory.bytes, directory.size = now.bytes, now.size
end

local function find(directory, path)
  local depth = depthAt(directory, path % directory.size)
  return path % powers[depth], depth
end

-- expiresAtMs: when all of the directory is forgotten, as digits; nil for never.
local function place(directory, path, field, answer, expiresAtMs)
  local bucket, depth = find(directory, path)
  local name = nameOf(directory, bucket)
  if call('HSET', name, field, answer) == 0 then return end
  local length = call('HLEN', name)
  if length == 1 and expiresAtMs then call('PEXPIREAT', name, expiresAtMs) end
  while length > maxBucketEntries and depth < maxDepth do
    split(directory, bucket, depth, expiresAtMs)
    bucket, depth = find(directory, path)
    length = call('HLEN', nameOf(directory, bucket))
  end
end
