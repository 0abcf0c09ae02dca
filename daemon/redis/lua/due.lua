-- Takes or renews the lease of a shard and lists the cases whose attention is due.
-- KEYS  1 attention   2 lease   3 prefix of the case hashes, which lie in the same slot: their
--       names are only known here   4 outbox   5 retry
-- ARGV  1 daemon id   2 now, ms   3 limit   4 lease, ms   5 most bytes of documents
-- Returns {leased 0/1, next attention or false, notices nobody has taken yet 0/1,
-- {id, rev, doc, head}...}, earliest first; rev, doc and head are false when there is no such case,
-- or its key is no hash.
local owner = redis.call('GET', KEYS[2])
if not owner then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
elseif owner ~= ARGV[1] then
  return {0, false, 0}
elseif redis.call('PTTL', KEYS[2]) < tonumber(ARGV[4]) / 2 then
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end

local result = {1, false, 0}
local bytes, n, limit = 0, 0, tonumber(ARGV[3])
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, limit)
for _, id in ipairs(due) do
  local case = redis.pcall('HMGET', KEYS[3] .. id, 'rev', 'doc', 'head')
  bytes = bytes + #(case[2] or '')
  if n > 0 and bytes > tonumber(ARGV[5]) then
    break
  end
  n = n + 1
  result[3 + n] = {id, case[1] or false, case[2] or false, case[3] or false}
end
result[2] = redis.call('ZRANGE', KEYS[1], n, n, 'WITHSCORES')[2] or false
-- What was taken is in retry until it is settled. Neither may hold up deadlines by a wrong type.
local all, taken = redis.pcall('XLEN', KEYS[4]), redis.pcall('ZCARD', KEYS[5])
if type(all) == 'number' and type(taken) == 'number' and all > taken then
  result[3] = 1
end
return result
