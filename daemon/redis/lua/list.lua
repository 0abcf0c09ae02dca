-- Candidates for one page of cases, newest reported first, from the indexes of one shard. Read in
-- one script, so that a case on its way from one index to the other is not missed.
-- KEYS  the indexes to read
-- ARGV  1 reported at of the last case seen, ms, or "" for the newest   2 limit
-- Returns {id, reported at, id, reported at...}: of each index everything at that very instant
-- (the caller leaves out what it has seen) and up to limit older ones.
local result = {}
local function add(found)
  for _, value in ipairs(found) do
    result[#result + 1] = value
  end
end
for _, key in ipairs(KEYS) do
  local below = '+inf'
  if ARGV[1] ~= '' then
    add(redis.call('ZRANGEBYSCORE', key, ARGV[1], ARGV[1], 'WITHSCORES'))
    below = '(' .. ARGV[1]
  end
  add(redis.call('ZREVRANGEBYSCORE', key, below, '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2]))
end
return result
