-- Tickets that have been spent, until they would be too old anyway: of two who bring one, one gets in.
CREATE TABLE spent_tickets (
    nonce BLOB NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_tickets_by_age ON spent_tickets (expires_at);
