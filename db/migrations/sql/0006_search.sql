-- A small pending list: every search reads it through, until it is folded in.
CREATE INDEX ix_enterprise_grams ON enterprise USING gin (keqi_grams(search_text)) WITH (gin_pending_list_limit = 256);

-- Shares of some 3,000 grams instead of 1,000: a term of which nothing is known counts as a rare one.
ALTER INDEX ix_enterprise_grams ALTER COLUMN 1 SET STATISTICS 300;
