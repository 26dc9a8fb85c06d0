-- The log: what happened, in commit order.
CREATE TABLE events (
    position       bigint NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    sequence       bigint NOT NULL,
    type           text COLLATE "C" NOT NULL,
    revision       smallint NOT NULL,
    created_at     timestamptz NOT NULL,
    creator        text COLLATE "C" NOT NULL,
    owner          text COLLATE "C" NOT NULL,
    -- The part of the aggregate that the event replaces: the last event of a slot is found without the
    -- history.
    slot           text COLLATE "C" NOT NULL,
    payload        text COLLATE "C" NOT NULL,
    salt           bytea NOT NULL,
    request_id     text COLLATE "C" NOT NULL,
    traceparent    text COLLATE "C" NOT NULL,
    client_address text COLLATE "C" NOT NULL,
    PRIMARY KEY (aggregate_id, aggregate_type, sequence)
);
-- Not unique: every unique constraint has the aggregate in it, so that the table can be distributed by it.
-- The log's head makes positions unique.
CREATE INDEX events_position ON events (position);
CREATE INDEX events_slot ON events (aggregate_id, aggregate_type, slot, sequence);
-- Few events, all read at start: who may do what.
CREATE INDEX events_access ON events (position) WHERE type IN (
    'instance.member.added', 'instance.member.removed', 'org.added', 'org.member.added', 'org.member.removed',
    'user.pat.added', 'user.pat.removed', 'user.locked', 'user.deactivated', 'user.removed');

-- The newest event's position, salt and date: one row, moved by every append, compared by every append.
CREATE TABLE log_head (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position   bigint NOT NULL,
    salt       bytea NOT NULL,
    created_at timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_head (position, salt, created_at)
VALUES (0, '\x00000000000000000000000000000000', '1970-01-01 00:00:00+00');

-- Names that only one aggregate may hold, written by the append's own transaction.
CREATE TABLE names (
    scope  text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, name)
);
