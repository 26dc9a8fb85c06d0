-- Events that ask for values to be taken out of the log: few, found in their order.
CREATE INDEX events_erasures ON events (position) WHERE type = 'user.metadata.values.erased';

-- The last of them that was carried out. Moved together with what that took out: so it is all there or all
-- gone.
CREATE TABLE erasure_checkpoint (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
);
INSERT INTO erasure_checkpoint (position) VALUES (0);

-- What is left of payloads whose values were erased: enough to prove that the log is otherwise as it was.
CREATE TABLE erased_payloads (
    aggregate_id text COLLATE "C" NOT NULL,
    position     bigint NOT NULL,
    -- SHA-256 of the salt and the payload's UTF-8, one after the other, as both were before.
    hash         bytea NOT NULL,
    -- The position of the event that asked for it.
    erased_by    bigint NOT NULL,
    PRIMARY KEY (aggregate_id, position)
);
-- Not unique, as the one of events.
CREATE INDEX erased_payloads_position ON erased_payloads (position);
