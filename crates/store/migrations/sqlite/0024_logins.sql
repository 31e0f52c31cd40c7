-- Logins of browsers and other clients that hold no key. Only a digest of the token is here, and a mark of
-- the password it was got with: another password ends it.
CREATE TABLE logins (
    id BLOB NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_mark BLOB NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
);
CREATE INDEX logins_of_user ON logins (user_id, created_at);
CREATE INDEX logins_by_age ON logins (last_seen);
