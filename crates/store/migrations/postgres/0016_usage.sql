-- Usage reports. How long an ended session ran, in classes each four times as long as the one before
-- (under 1 hour, 4 hours, 1, 4, 16 and 64 days, longer): a session of a class that ran at some moment
-- ended soon after it, so that a period long ago is read without everything that ended since.
ALTER TABLE sessions ADD COLUMN span BIGINT GENERATED ALWAYS AS (CASE
    WHEN terminated_at - COALESCE(running_since, created_at) < 3600000000 THEN 0
    WHEN terminated_at - COALESCE(running_since, created_at) < 14400000000 THEN 1
    WHEN terminated_at - COALESCE(running_since, created_at) < 86400000000 THEN 2
    WHEN terminated_at - COALESCE(running_since, created_at) < 345600000000 THEN 3
    WHEN terminated_at - COALESCE(running_since, created_at) < 1382400000000 THEN 4
    WHEN terminated_at - COALESCE(running_since, created_at) < 5529600000000 THEN 5
    ELSE 6 END) STORED;

-- Of each project and of each person, what ended after it ran (TERMINATED, 10).
CREATE INDEX sessions_used ON sessions (group_id, span, terminated_at, id) WHERE status = 10;
CREATE INDEX sessions_used_by ON sessions (user_id, terminated_at) WHERE status = 10;
