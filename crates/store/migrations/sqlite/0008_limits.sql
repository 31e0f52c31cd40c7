-- What idle and lifetime limits need besides, and the walk that retention takes.

-- An extension keeps the session from ending as idle before this.
ALTER TABLE sessions ADD COLUMN kept_until BIGINT;

-- Sessions that already run: since their first RUNNING (5), and used just now.
UPDATE sessions SET
    running_since = (SELECT MIN(h.at) FROM session_history h WHERE h.session_id = sessions.id AND h.to_status = 5),
    last_access = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
WHERE status IN (5, 6) AND running_since IS NULL;

-- Of each key, what is over, the oldest first.
CREATE INDEX sessions_over ON sessions (access_key, terminated_at) WHERE status IN (10, 12);
