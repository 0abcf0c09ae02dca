-- Writes one decision: all of it or nothing. Redis does not roll back, so everything is checked
-- before the first write. Numbers are passed on as the text they came in: Lua's own are doubles.
-- KEYS  1 case hash   2 attention   3 deadlines   4 facts   5 outbox   6 retry   7 dead
--       8 index to be in   9 index not to be in   10 clock   11 op (only when there is one)
-- ARGV  1 case id   2 expected rev ("0": must not exist)   3 new rev   4 new document
--       5 new chain head   6 attention, ms, or ""   7 reported at, ms   8 now, ms
--       9 channel for changes   10 op digest   11 op life time, s
--       12 outbox entry this settles, or ""   13 attempts   14 detail if it is dead, else ""
--       15 consumer group   16 kept of dead, entries
--       then three lists, each led by its number of rows:
--       facts (JSON, hash), deadlines (obligation, due ms or "" for none),
--       notices (notice, receiver, body)
-- Returns {"OK"}, {"CONFLICT", why}, {"REPEATED", why} or {"CORRUPT", why}; why is for people.
local types = {'hash', 'zset', 'zset', 'stream', 'stream', 'zset', 'stream', 'zset', 'zset',
  'string', 'string'}
for i, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key).ok
  if found ~= types[i] and found ~= 'none' then
    return {'CORRUPT', key .. ' is a ' .. found .. ', expected a ' .. types[i]}
  end
end

local id, entry, group = ARGV[1], ARGV[12], ARGV[15]
if KEYS[11] and redis.call('EXISTS', KEYS[11]) == 1 then
  return {'REPEATED', KEYS[11] .. ' was committed before'}
end
local settled
if entry ~= '' then
  settled = redis.call('XRANGE', KEYS[5], entry, entry)[1]
  if not settled then
    return {'REPEATED', 'outbox entry ' .. entry .. ' was settled before'}
  end
end
local rev = redis.call('HGET', KEYS[1], 'rev') or '0'
if rev ~= ARGV[2] then
  return {'CONFLICT', 'the case is at revision ' .. rev .. ' by now'}
end
local pending = settled and redis.pcall('XPENDING', KEYS[5], group, entry, entry, 1)
local high = redis.call('GET', KEYS[10])
if high and not tonumber(high) then
  return {'CORRUPT', KEYS[10] .. ' is not a number'}
end

-- From here on only writes.
local at = 17
local function rows(width)
  local n, first = tonumber(ARGV[at]), at + 1
  local i = -1
  at = first + n * width
  return function()
    i = i + 1
    if i < n then
      return first + i * width
    end
  end
end

if ARGV[17] ~= '0' then
  redis.call('HSET', KEYS[1], 'rev', ARGV[3], 'doc', ARGV[4], 'head', ARGV[5])
end
local last = redis.call('HGET', KEYS[1], 'last') or ''
for i in rows(2) do
  last = redis.call('XADD', KEYS[4], '*', 'case', id, 'fact', ARGV[i], 'hash', ARGV[i + 1],
    'prev', last)
end
if ARGV[17] ~= '0' then
  redis.call('HSET', KEYS[1], 'last', last)
end
for i in rows(2) do
  local member = id .. '/' .. ARGV[i]
  if ARGV[i + 1] == '' then
    redis.call('ZREM', KEYS[3], member)
  else
    redis.call('ZADD', KEYS[3], ARGV[i + 1], member)
  end
end
for i in rows(3) do
  redis.call('XADD', KEYS[5], '*', 'notice', ARGV[i], 'receiver', ARGV[i + 1], 'case', id,
    'body', ARGV[i + 2])
end
if ARGV[6] == '' then
  redis.call('ZREM', KEYS[2], id)
else
  redis.call('ZADD', KEYS[2], ARGV[6], id)
end
redis.call('ZADD', KEYS[8], ARGV[7], id)
redis.call('ZREM', KEYS[9], id)
if settled then
  if ARGV[14] ~= '' then
    local fields = settled[2]
    for _, field in ipairs({'attempts', ARGV[13], 'detail', ARGV[14]}) do
      fields[#fields + 1] = field
    end
    redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[16], '*', unpack(fields))
  end
  -- Deliveries counted by the group are attempts + 1 (take.lua, postpone.lua).
  if pending[1] then
    redis.call('ZREM', KEYS[6], entry .. ':' .. (pending[1][4] - 1))
  end
  redis.pcall('XACK', KEYS[5], group, entry)
  redis.call('XDEL', KEYS[5], entry)
end
if KEYS[11] then
  redis.call('SET', KEYS[11], ARGV[10], 'EX', ARGV[11])
end
if not high or tonumber(high) < tonumber(ARGV[8]) then
  redis.call('SET', KEYS[10], ARGV[8])
end
-- Only a hint for watchers: not allowed to publish is no reason to fail what is written.
redis.pcall('PUBLISH', ARGV[9], id .. ' ' .. ARGV[3])
return {'OK'}
