-- What only the service may read: a page's cursor holds sort values, a mobile number among them, and goes into addresses
-- and logs. Sealed so that the same text always becomes the same token (a synthetic initialisation vector): the keyed
-- hash of the text is both its signature and what the key stream starts from, so that two texts share a stream only if
-- they are equal. The stream is SHA-256 of a key of its own, the signature and the block's number. Python's twin, which
-- opens it, is schema/signatures.py. The exclusive or is that of bit strings: one step, whatever the length.
CREATE FUNCTION keqi_sealed(plain text, key bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    bytes CONSTANT bytea := convert_to(plain, 'UTF8');
    size CONSTANT integer := octet_length(bytes);
    tag CONSTANT bytea := substr(sha256(key || bytes || key), 1, 16);
    start CONSTANT bytea := sha256('keqi sealed'::bytea || key) || tag;
    stream bytea := '';
BEGIN
    FOR block IN 0 .. (size - 1) / 32 LOOP
        stream := stream || sha256(start || int4send(block));
    END LOOP;
    -- What is sent of a bit string begins with four bytes of its length.
    RETURN translate(
        encode(
            substr(
                varbit_send(
                    ('x' || encode(bytes, 'hex'))::varbit # ('x' || encode(substr(stream, 1, size), 'hex'))::varbit
                ),
                5
            ),
            'base64'
        ),
        E'+/=\n', '-_'
    ) || '.' || encode(tag, 'hex');
END $$;
