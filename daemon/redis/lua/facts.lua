-- The history of one case, walked from its newest fact backwards along prev.
-- KEYS  1 case hash   2 facts
-- ARGV  1 case id   2 stream id of a fact: only older ones; "" for the newest   3 limit
--       4 most bytes of facts
-- Returns {more 0/1, {stream id, fact, hash}...}, newest first.
local function read(entry)
  if not string.match(entry, '^%d+%-%d+$') then
    return nil
  end
  local found = redis.pcall('XRANGE', KEYS[2], entry, entry)
  if found.err and not string.match(found.err, '^ERR Invalid stream ID') then
    error(found.err)
  end
  local fact = {}
  for i, value in ipairs(found[1] and found[1][2] or {}) do
    if i % 2 == 1 then
      fact[value] = found[1][2][i + 1]
    end
  end
  return fact.case == ARGV[1] and fact.fact and fact.hash and fact.prev and fact or nil
end

local position
if ARGV[2] == '' then
  position = redis.call('HGET', KEYS[1], 'last') or ''
else
  local seen = read(ARGV[2])
  position = seen and seen.prev or ''
end
local result, bytes = {0}, 0
local fact = read(position)
while fact do
  bytes = bytes + #fact.fact
  if #result > 1 and (#result > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4])) then
    result[1] = 1
    break
  end
  result[#result + 1] = {position, fact.fact, fact.hash}
  position = fact.prev
  fact = read(position)
end
return result
