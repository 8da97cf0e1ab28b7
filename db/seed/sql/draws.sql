-- Draws. A draw is a hash of a key and of what is drawn, so it depends on no other draw and no order.

CREATE FUNCTION r(key bigint, salt int, n int) RETURNS int IMMUTABLE PARALLEL SAFE
RETURN ((hashint8extended(key, salt + seed_offset()) & 1073741823) % n)::int;

-- A number below n from ten bits of a hash, starting at one of its bits.
CREATE FUNCTION bits(hash bigint, start int, n int) RETURNS int IMMUTABLE PARALLEL SAFE
RETURN (((hash >> start) & 1023) * n >> 10)::int;

-- Whether an optional answer was given: seven times in eight.
CREATE FUNCTION given(hash bigint, start int) RETURNS boolean IMMUTABLE PARALLEL SAFE
RETURN ((hash >> start) & 7) <> 0;

CREATE FUNCTION hash_hex(key bigint, salt int) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN lpad(to_hex(hashint8extended(key, salt + seed_offset())), 16, '0');

CREATE FUNCTION kyuan(yuan bigint) RETURNS numeric IMMUTABLE PARALLEL SAFE
RETURN yuan * 0.001;

-- A number of at least so many digits.
CREATE FUNCTION padded(n bigint, digits int) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN lpad(n::text, greatest(digits, length(n::text)), '0');

-- A number nobody has: the block 0000 is not given to subscribers.
CREATE FUNCTION mobile(key bigint, salt int) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN ('{139,138,136,150,187,199,177}'::text[])[1 + r(key, salt, 7)] || '0000' || lpad((r(key, salt, 70000) / 7)::text, 4, '0');
