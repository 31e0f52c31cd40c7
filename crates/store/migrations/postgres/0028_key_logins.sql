-- A login may be got with a key in place of a password: it acts as that key, and goes with it.
ALTER TABLE logins ADD COLUMN access_key TEXT COLLATE "C" REFERENCES keypairs (access_key) ON DELETE CASCADE;
CREATE INDEX logins_of_key ON logins (access_key) WHERE access_key IS NOT NULL;
