-- ANALYZE looks at 300 rows for each step of the finest statistics, which no plan here needs: each is made
-- once and reads by an index. With the default of 100 it took a core for 0.3 s, again with every twentieth of
-- the log, and what came meanwhile waited up to 0.1 s.
ALTER TABLE events
    ALTER COLUMN position SET STATISTICS 10,
    ALTER COLUMN aggregate_type SET STATISTICS 10,
    ALTER COLUMN aggregate_id SET STATISTICS 10,
    ALTER COLUMN sequence SET STATISTICS 10,
    ALTER COLUMN type SET STATISTICS 10,
    ALTER COLUMN revision SET STATISTICS 10,
    ALTER COLUMN created_at SET STATISTICS 10,
    ALTER COLUMN creator SET STATISTICS 10,
    ALTER COLUMN owner SET STATISTICS 10,
    ALTER COLUMN slot SET STATISTICS 10,
    ALTER COLUMN payload SET STATISTICS 10,
    ALTER COLUMN salt SET STATISTICS 10,
    ALTER COLUMN request_id SET STATISTICS 10,
    ALTER COLUMN traceparent SET STATISTICS 10,
    ALTER COLUMN client_address SET STATISTICS 10;
-- Its two expressions are columns of their own to ANALYZE.
ALTER INDEX events_slot ALTER COLUMN 1 SET STATISTICS 10, ALTER COLUMN 2 SET STATISTICS 10;
