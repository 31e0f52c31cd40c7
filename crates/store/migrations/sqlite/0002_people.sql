-- People, limits and what belongs to them: the rest of the accounts, configuration, templates,
-- error logs, and what idle and lifetime limits need of a session.

ALTER TABLE domains ADD COLUMN allowed_vfolder_hosts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE domains ADD COLUMN integration_id TEXT;

ALTER TABLE projects ADD COLUMN allowed_vfolder_hosts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE projects ADD COLUMN integration_id TEXT;

ALTER TABLE policies ADD COLUMN max_vfolder_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN max_vfolder_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN allowed_vfolder_hosts TEXT NOT NULL DEFAULT '[]';
-- Seconds; 0 is no limit. The owner may push the end of a session out by max_extension in all.
ALTER TABLE policies ADD COLUMN max_session_lifetime BIGINT NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN max_extension BIGINT NOT NULL DEFAULT 0;

ALTER TABLE keypairs ADD COLUMN ssh_public_key TEXT;
ALTER TABLE keypairs ADD COLUMN sealed_ssh_private_key BLOB;
ALTER TABLE keypairs ADD COLUMN bootstrap_script TEXT NOT NULL DEFAULT '';

ALTER TABLE resource_groups ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE resource_groups ADD COLUMN wsproxy_addr TEXT;
ALTER TABLE resource_groups ADD COLUMN driver TEXT NOT NULL DEFAULT 'static';
ALTER TABLE resource_groups ADD COLUMN driver_opts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE resource_groups ADD COLUMN scheduler TEXT NOT NULL DEFAULT 'fifo';
ALTER TABLE resource_groups ADD COLUMN scheduler_opts TEXT NOT NULL DEFAULT '{}';

-- When the session last entered RUNNING; its idle and lifetime limits count from here.
ALTER TABLE sessions ADD COLUMN running_since BIGINT;
-- Last sign of use, for the idle limit; flushed in batches.
ALTER TABLE sessions ADD COLUMN last_access BIGINT;
-- Seconds by which the owner has pushed the end out.
ALTER TABLE sessions ADD COLUMN extended_by BIGINT NOT NULL DEFAULT 0;
-- The end that was announced last, so that each is announced once.
ALTER TABLE sessions ADD COLUMN warned_of BIGINT;
-- Why it waits, in words: an object with the sentence, how many are before it, what would unblock it.
ALTER TABLE sessions ADD COLUMN waiting TEXT;

-- The superadmin's free configuration; keys are paths with slashes.
CREATE TABLE config_entries (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- owner: an access key, a project's id or a domain's name, by scope ('user', 'group', 'domain').
CREATE TABLE dotfiles (
    scope TEXT NOT NULL,
    owner TEXT NOT NULL,
    path TEXT NOT NULL,
    permission TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (scope, owner, path)
);

CREATE TABLE error_logs (
    id BLOB NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    severity TEXT NOT NULL,
    source TEXT NOT NULL,
    user_id BLOB REFERENCES users (id),
    is_read BOOLEAN NOT NULL,
    is_cleared BOOLEAN NOT NULL,
    message TEXT NOT NULL,
    context_lang TEXT NOT NULL,
    context_env TEXT NOT NULL,
    request_url TEXT,
    request_status BIGINT,
    traceback TEXT
);
CREATE INDEX error_logs_of_user ON error_logs (user_id, created_at);
CREATE INDEX error_logs_listed ON error_logs (created_at);

-- kind: 'task' or 'cluster'.
CREATE TABLE session_templates (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    domain_name TEXT NOT NULL REFERENCES domains (name),
    group_id BLOB NOT NULL REFERENCES projects (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    template TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX session_templates_listed ON session_templates (kind, is_active, created_at);

CREATE INDEX keypairs_by_policy ON keypairs (resource_policy);
CREATE INDEX users_of_domain ON users (domain_name);
CREATE INDEX members_of_project ON memberships (project_id);
-- What ended, the oldest first: retention and usage reports.
CREATE INDEX sessions_ended ON sessions (terminated_at) WHERE status IN (10, 12);
