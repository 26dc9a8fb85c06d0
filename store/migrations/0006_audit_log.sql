-- The transparency log (docs/decisions/12-transparency-log.md): a Merkle tree over one entry for each event.

-- How many events are in the tree. Moved together with its tiles.
CREATE TABLE audit_log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- A writer that finds another size than it expects sets a negative one, which rolls it back.
    size bigint NOT NULL CHECK (size >= 0)
);
INSERT INTO audit_log (size) VALUES (0);

-- Its hashes by 256: whole tiles, and the last one of each level as far as it goes.
CREATE TABLE audit_tiles (
    level  smallint NOT NULL,
    index  bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, index)
);
-- No hash can be packed.
ALTER TABLE audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Every root that was signed, as the signed note.
CREATE TABLE audit_checkpoints (
    size bigint PRIMARY KEY,
    note text COLLATE "C" NOT NULL
);
