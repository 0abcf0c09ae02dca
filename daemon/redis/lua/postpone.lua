-- Puts a notice that is in hand off to a later instant.
-- KEYS  1 outbox   2 retry
-- ARGV  1 group   2 entry   3 attempts made   4 visible at, ms
-- Returns {"OK"}; also when the entry was settled meanwhile, then nothing is written.
local entry = ARGV[2]
local found = redis.call('XRANGE', KEYS[1], entry, entry)[1]
local pending = found and redis.call('XPENDING', KEYS[1], ARGV[1], entry, entry, 1)[1]
if pending then
  redis.call('ZREM', KEYS[2], entry .. ':' .. (pending[4] - 1))
  redis.call('ZADD', KEYS[2], ARGV[4], entry .. ':' .. ARGV[3])
  redis.call('XCLAIM', KEYS[1], ARGV[1], '-', 0, entry, 'RETRYCOUNT', ARGV[3] + 1, 'JUSTID')
end
return {'OK'}
