"""What happens to a host's budget within Redis, one script per operation, so that each is done whole or not at all.

A host has four keys: `places` (who is there, by when they count as dead), `queue` (who waits, in the order they came),
`waiting` (the same, by when they count as gone) and `times` (last start, end of a hold, the next number in the queue).
All moments are milliseconds of the server's clock, and each key expires by itself once it can mean nothing any more.
"""

KEYS = ("places", "queue", "waiting", "times")

REMEMBERED_MS = 3_600_000
"""How long the last start at a host is remembered at least; a longer delay is remembered as long as it is."""
LOOK_AGAIN_MS = 20
"""When to ask again where nobody can say when a place will be free."""
GRACE_MS = 2_000
"""Who waits and does not ask again so long after the moment that was told has gone."""

_NOW = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local function text(number) return string.format('%.0f', number) end
"""

TAKE = (
    _NOW
    + """
local places, queue, waiting, times = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me, delay, at_once, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local remembered, look_again, grace = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

redis.call('ZREMRANGEBYSCORE', places, '-inf', text(now))
if redis.call('ZSCORE', places, me) then return {1, 0} end -- asked twice: the first answer was lost

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', waiting, '-inf', text(now))) do
  redis.call('ZREM', queue, gone)
  redis.call('ZREM', waiting, gone)
end

local known = redis.call('HMGET', times, 'start', 'held', 'held_for')
local start, held, held_for = tonumber(known[1] or '0'), tonumber(known[2] or '0'), tonumber(known[3] or '0')
-- A clock that was set back makes nobody wait for longer than was meant.
if start > now then
  start = now
  redis.call('HSET', times, 'start', text(start))
end
if held > now + held_for then
  held = now + held_for
  redis.call('HSET', times, 'held', text(held))
end
local wait = math.max(start + delay, held) - now

local first = redis.call('ZRANGE', queue, 0, 0)[1]
local mine = first == nil or first == me
if mine and wait <= 0 and redis.call('ZCARD', places) < at_once then
  redis.call('ZREM', queue, me)
  redis.call('ZREM', waiting, me)
  redis.call('ZADD', places, text(now + longest), me)
  local left = redis.call('ZREVRANGE', places, 0, 0, 'WITHSCORES')
  redis.call('PEXPIREAT', places, text(tonumber(left[2])))
  redis.call('HSET', times, 'start', text(now))
  redis.call('PEXPIRE', times, text(math.max(remembered, delay, redis.call('PTTL', times))))
  return {1, 0}
end

wait = math.max(wait, look_again)
if not redis.call('ZSCORE', queue, me) then
  redis.call('ZADD', queue, redis.call('HINCRBY', times, 'number', 1), me)
  redis.call('PEXPIRE', times, text(math.max(remembered, redis.call('PTTL', times))))
end
redis.call('ZADD', waiting, text(now + math.min(wait, 1000) + grace), me)
redis.call('PEXPIRE', queue, 60000)
redis.call('PEXPIRE', waiting, 60000)
return {0, math.ceil(wait)}
"""
)
"""ARGV: a token of this turn, delay, how many at once, how long a place lasts, and the three constants above.
Answers {1, 0} when the turn has begun, else {0, milliseconds after which to ask again}."""

GIVE_BACK = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1
"""
"""ARGV: the token. Also for who waits no more."""

HOLD = (
    _NOW
    + """
local times, ms = KEYS[4], tonumber(ARGV[1])
local held = tonumber(redis.call('HGET', times, 'held') or '0')
if now + ms > held then redis.call('HSET', times, 'held', text(now + ms), 'held_for', text(ms)) end
redis.call('PEXPIRE', times, text(math.max(tonumber(ARGV[2]), ms, redis.call('PTTL', times))))
return 1
"""
)
"""ARGV: for how long, and how long times are remembered."""
