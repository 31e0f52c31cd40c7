-- What a person's clients keep for them: one JSON document, which nobody here reads.
CREATE TABLE preferences (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    document TEXT NOT NULL
);
