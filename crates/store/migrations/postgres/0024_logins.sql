-- Logins of browsers and other clients that hold no key. Only a digest of the token is here, and a mark of
-- the password it was got with: another password ends it.
CREATE TABLE logins (
    id UUID NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_mark BYTEA NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
);
CREATE INDEX logins_of_user ON logins (user_id, created_at);
CREATE INDEX logins_by_age ON logins (last_seen);
