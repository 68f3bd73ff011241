-- Some of a directory's buckets, preceded by where to continue (-1: it was the last) and their numbers. Only reads.
--
-- KEYS[1]  the directory
-- ARGV[1]  the number to begin at: 0, then what the call before said
-- ARGV[2]  how many buckets at most
--
-- An entry only ever moves to a larger number, so that a walk meets each entry that was there from its beginning
-- to its end, at least once.
local directory = open(KEYS[1])
local bucket, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local numbers, buckets = {}, {}
while bucket < directory.size and #buckets < limit do
  if bucket < powers[depthAt(directory, bucket)] then
    numbers[#numbers + 1] = bucket
    buckets[#buckets + 1] = call('HGETALL', nameOf(directory, bucket))
  end
  bucket = bucket + 1
end
return { bucket < directory.size and bucket or -1, numbers, buckets }
