-- One case as it stands, and whether an operation was committed before.
-- KEYS  1 case hash   2 op (the case hash again when no operation is asked for)
-- ARGV  (none)
-- Returns {rev, doc, head, op digest}; each false when it does not exist.
local case = redis.call('HMGET', KEYS[1], 'rev', 'doc', 'head')
case[4] = KEYS[2] ~= KEYS[1] and redis.call('GET', KEYS[2])
return case
