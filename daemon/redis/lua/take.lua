-- Hands out notices to deliver: new ones, and retries that became visible. Neither can starve the
-- other: a quarter of the places is kept for retries, as far as there are any; a receiver that does
-- not answer has no more. What is handed out is hidden in retry until visible-at, so that it comes
-- back when this daemon dies.
-- The group's list of pending entries says who has an entry in hand (its consumer; "-" while it
-- waits for another try), its delivery count is the attempts made before + 1. A member of retry is
-- "<entry>:<attempts made before>".
-- KEYS  1 outbox   2 retry
-- ARGV  1 group   2 consumer   3 now, ms   4 visible at, ms   5 limit
--       6 "1": what this consumer had in hand becomes visible at once
-- Returns {next visible or false, more 0/1, {entry, attempts, {field, value...}}...}.
local outbox, retry = KEYS[1], KEYS[2]
local group, me, now, hide = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local limit = tonumber(ARGV[5])

if redis.pcall('XPENDING', outbox, group, '-', '+', 1).err then
  redis.call('XGROUP', 'CREATE', outbox, group, '0', 'MKSTREAM')
end
if ARGV[6] == '1' then
  for _, held in ipairs(redis.call('XPENDING', outbox, group, '-', '+', 10000, me)) do
    redis.call('ZADD', retry, now, held[1] .. ':' .. (held[4] - 1))
  end
end

local result = {false, 0}
local kept = math.min(math.ceil(limit / 4), redis.call('ZCOUNT', retry, '-inf', now))
if limit > kept then
  local new = redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', limit - kept, 'STREAMS', outbox,
    '>')
  for _, found in ipairs(new and new[1][2] or {}) do
    redis.call('ZADD', retry, hide, found[1] .. ':0')
    result[#result + 1] = {found[1], '0', found[2]}
  end
end
local room = limit - (#result - 2)
for _, member in ipairs(redis.call('ZRANGEBYSCORE', retry, '-inf', now, 'LIMIT', 0, room)) do
  local entry, attempts = string.match(member, '^(%d+%-%d+):(%d+)$')
  local found = entry and redis.call('XRANGE', outbox, entry, entry)[1]
  if found then
    redis.call('ZADD', retry, hide, member)
    redis.call('XCLAIM', outbox, group, me, 0, entry, 'RETRYCOUNT', attempts + 1, 'FORCE',
      'JUSTID')
    result[#result + 1] = {entry, attempts, found[2]}
  else
    redis.call('ZREM', retry, member)
  end
end

local first = redis.call('ZRANGE', retry, 0, 0, 'WITHSCORES')
result[1] = first[2] or false
local given
for _, info in ipairs(redis.call('XINFO', 'GROUPS', outbox)) do
  local fields = {}
  for i = 1, #info, 2 do
    fields[info[i]] = info[i + 1]
  end
  given = fields.name == group and fields['last-delivered-id'] or given
end
local waiting = redis.call('ZCOUNT', retry, '-inf', now) > 0
local new = redis.call('XRANGE', outbox, '(' .. given, '+', 'COUNT', 1)[1]
result[2] = (waiting or new) and 1 or 0
return result
