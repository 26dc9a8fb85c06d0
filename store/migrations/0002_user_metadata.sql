-- How far each projection has read the log. Committed together with what the projection writes.
CREATE TABLE projections (
    name     text COLLATE "C" PRIMARY KEY,
    -- A writer that finds another position than it expects sets a negative one, which rolls it back.
    position bigint NOT NULL CHECK (position >= 0),
    -- Why it stands still, when it does.
    failure  text
);
INSERT INTO projections (name, position) VALUES ('user_metadata', 0);

-- The read model of users' metadata.
CREATE TABLE user_metadata (
    user_id    text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    value      bytea NOT NULL,
    owner      text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    sequence   bigint NOT NULL,
    PRIMARY KEY (user_id, key)
);
