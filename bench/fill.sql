-- Fills the log with new users and their metadata, as the service would have stored them, at many times the
-- speed of its calls. Nobody else may write meanwhile, and the read model does not follow.
--
--   psql -v first=0 -v users=100000 -v sets=9 -f fill.sql postgresql://...
--
-- Adds `users` users (a product of twos and fives) with the numbers from `first` on, each with key0, key1 ...
-- set once. First come all the users, then round by round a set of each, every round in another order.
\set ON_ERROR_STOP on
SET search_path = usermeta;
SET maintenance_work_mem = '1GB';
SET max_parallel_maintenance_workers = 2;
BEGIN;
LOCK TABLE events, log_head, names IN ACCESS EXCLUSIVE MODE;

-- Indexes that are made afterwards cost a tenth of those that are kept up. A primary key is a constraint.
CREATE TEMP TABLE put_away ON COMMIT DROP AS
SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
            ELSE format('ALTER TABLE events DROP CONSTRAINT %I', c.conname) END AS away,
       CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
            ELSE format('ALTER TABLE events ADD CONSTRAINT %I %s', c.conname,
                        pg_get_constraintdef(c.oid)) END AS back
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
WHERE i.indrelid = 'events'::regclass;
SELECT away FROM put_away \gexec

-- Like the service's: as many digits, and rising.
CREATE FUNCTION pg_temp.user_id(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT (800000000000000000 + number * 1000003)::text $$;

-- The columns that depend on each other are made one after the other, from inside out.
INSERT INTO events (position, aggregate_type, aggregate_id, sequence, type, revision, created_at, creator,
                    owner, slot, payload, salt, request_id, traceparent, client_address)
SELECT head.position + n + 1, 'user', pg_temp.user_id(number), round + 1,
       CASE round WHEN 0 THEN 'user.machine.added' ELSE 'user.metadata.set' END, 2,
       -- 1 ms apart, and the last one now.
       greatest(head.created_at, now() - (:users::bigint * (:sets + 1) - n) * interval '1 ms'),
       admin.aggregate_id, admin.owner,
       CASE round WHEN 0 THEN 'state' ELSE 'metadata/key' || round - 1 END,
       CASE round WHEN 0 THEN format('{"userName":"bench-%1$s","name":"bench-%1$s"}', number)
            ELSE '{"key":"key' || round - 1 || '","value":"'
                 || encode(convert_to(md5(random()::text) || to_char(n % 100000000, 'FM00000000'), 'UTF8'),
                           'base64') || '"}' END,
       uuid_send(gen_random_uuid()), lpad(to_hex(n * 2654435761), 16, '0'), '', '127.0.0.1'
FROM (SELECT n, n / :users AS round,
             -- Numbers that have no divisor in common with `users`: each user comes once a round.
             :first + CASE n / :users WHEN 0 THEN n
                      ELSE (n * (618033 + 20 * (n / :users))) % :users END AS number
      FROM (SELECT generate_series(0, :users::bigint * (:sets + 1) - 1) AS n) numbers) made,
     (SELECT position, created_at FROM log_head) head,
     (SELECT aggregate_id, owner FROM events WHERE type = 'user.machine.added'
      ORDER BY position LIMIT 1) admin;

INSERT INTO names (scope, name, holder)
SELECT 'user', 'bench-' || number, pg_temp.user_id(number)
FROM (SELECT generate_series(:first::bigint, :first::bigint + :users - 1) AS number) numbers;

SELECT back FROM put_away \gexec

UPDATE log_head SET position = last.position, salt = last.salt, created_at = last.created_at
FROM (SELECT position, salt, created_at FROM events ORDER BY position DESC LIMIT 1) last;
COMMIT;

-- What would otherwise be done while the load runs.
VACUUM (ANALYZE) events, names;
