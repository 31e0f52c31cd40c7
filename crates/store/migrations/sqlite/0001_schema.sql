-- Everything that is durable. Moments are microseconds since 1970, statuses and the like are ranks
-- in the order of the model, slots and free objects are JSON text.

CREATE TABLE domains (
    name TEXT NOT NULL PRIMARY KEY,
    description TEXT,
    is_active BOOLEAN NOT NULL,
    total_resource_slots TEXT NOT NULL,
    allowed_registries TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL
);

CREATE TABLE projects (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    is_active BOOLEAN NOT NULL,
    domain_name TEXT NOT NULL REFERENCES domains (name),
    total_resource_slots TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    UNIQUE (domain_name, name)
);

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    description TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    need_password_change BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    status_info TEXT,
    role TEXT NOT NULL,
    domain_name TEXT NOT NULL REFERENCES domains (name),
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    project_id BLOB NOT NULL REFERENCES projects (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (user_id, project_id)
);

CREATE TABLE policies (
    name TEXT NOT NULL PRIMARY KEY,
    default_for_unspecified TEXT NOT NULL,
    total_resource_slots TEXT NOT NULL,
    max_concurrent_sessions BIGINT NOT NULL,
    max_containers_per_session BIGINT NOT NULL,
    idle_timeout BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE keypairs (
    access_key TEXT NOT NULL PRIMARY KEY,
    sealed_secret BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    is_active BOOLEAN NOT NULL,
    is_admin BOOLEAN NOT NULL,
    resource_policy TEXT NOT NULL REFERENCES policies (name),
    rate_limit BIGINT NOT NULL,
    num_queries BIGINT NOT NULL,
    last_used BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX keypairs_of_user ON keypairs (user_id);

CREATE TABLE resource_groups (
    name TEXT NOT NULL PRIMARY KEY,
    description TEXT,
    is_active BOOLEAN NOT NULL
);

CREATE TABLE resource_group_domains (
    resource_group TEXT NOT NULL REFERENCES resource_groups (name),
    domain_name TEXT NOT NULL REFERENCES domains (name),
    PRIMARY KEY (domain_name, resource_group)
);

CREATE TABLE resource_group_projects (
    resource_group TEXT NOT NULL REFERENCES resource_groups (name),
    project_id BLOB NOT NULL REFERENCES projects (id),
    PRIMARY KEY (project_id, resource_group)
);

CREATE TABLE resource_group_keypairs (
    resource_group TEXT NOT NULL REFERENCES resource_groups (name),
    access_key TEXT NOT NULL REFERENCES keypairs (access_key),
    PRIMARY KEY (access_key, resource_group)
);

CREATE TABLE presets (
    name TEXT NOT NULL PRIMARY KEY,
    resource_slots TEXT NOT NULL,
    shared_memory BIGINT
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL,
    status_changed BIGINT NOT NULL,
    region TEXT NOT NULL,
    scaling_group TEXT NOT NULL,
    schedulable BOOLEAN NOT NULL,
    available_slots TEXT NOT NULL,
    addr TEXT NOT NULL,
    first_contact BIGINT NOT NULL,
    last_contact BIGINT NOT NULL,
    lost_at BIGINT,
    version TEXT NOT NULL,
    compute_plugins TEXT NOT NULL
);

CREATE TABLE images (
    canonical TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE image_aliases (
    alias TEXT NOT NULL PRIMARY KEY,
    canonical TEXT NOT NULL REFERENCES images (canonical)
);

CREATE TABLE image_agents (
    canonical TEXT NOT NULL REFERENCES images (canonical),
    agent TEXT NOT NULL REFERENCES agents (id),
    PRIMARY KEY (agent, canonical)
);
CREATE INDEX agents_of_image ON image_agents (canonical);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    session_type BIGINT NOT NULL,
    image TEXT NOT NULL,
    registry TEXT NOT NULL,
    tag TEXT,
    cluster_mode BIGINT NOT NULL,
    cluster_size BIGINT NOT NULL,
    domain_name TEXT NOT NULL,
    group_id BLOB NOT NULL REFERENCES projects (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    access_key TEXT NOT NULL,
    status BIGINT NOT NULL,
    status_changed BIGINT,
    status_info TEXT,
    status_data TEXT,
    created_at BIGINT NOT NULL,
    terminated_at BIGINT,
    starts_at BIGINT,
    -- The latest of created_at, status_changed and terminated_at: the list's own order.
    latest BIGINT NOT NULL,
    startup_command TEXT,
    bootstrap_script TEXT,
    result BIGINT NOT NULL,
    resource_opts TEXT NOT NULL,
    scaling_group TEXT,
    agent TEXT,
    service_ports TEXT,
    environ TEXT NOT NULL,
    occupied_slots TEXT NOT NULL
);
-- One index per kind of scope; a page is a merge of one ordered walk for each status. Each carries
-- the columns that may narrow its scope further, so that skipped rows are never fetched.
CREATE INDEX sessions_listed ON sessions (status, latest, id);
CREATE INDEX sessions_of_domain ON sessions (domain_name, status, latest, id);
CREATE INDEX sessions_of_key ON sessions (access_key, status, latest, id, domain_name, group_id);
CREATE INDEX sessions_of_project ON sessions (group_id, status, latest, id, domain_name, access_key);
CREATE INDEX sessions_by_name ON sessions (access_key, name);
-- TERMINATED (10) and CANCELLED (12) sessions have given their name back.
CREATE UNIQUE INDEX one_live_name ON sessions (access_key, name) WHERE status NOT IN (10, 12);

CREATE TABLE kernels (
    id BLOB NOT NULL PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    cluster_role TEXT NOT NULL,
    cluster_idx BIGINT NOT NULL,
    cluster_hostname TEXT NOT NULL,
    image TEXT NOT NULL,
    registry TEXT NOT NULL,
    status BIGINT NOT NULL,
    status_changed BIGINT,
    status_info TEXT,
    status_data TEXT,
    created_at BIGINT NOT NULL,
    terminated_at BIGINT,
    starts_at BIGINT,
    latest BIGINT NOT NULL,
    agent TEXT,
    container_id TEXT,
    generation BIGINT NOT NULL,
    exit_code BIGINT,
    occupied_slots TEXT NOT NULL,
    resource_opts TEXT NOT NULL,
    last_stat TEXT,
    UNIQUE (session_id, cluster_role, cluster_idx)
);
-- What holds slots of an agent: all but PENDING (0), TERMINATED (10) and CANCELLED (12).
CREATE INDEX kernels_occupying ON kernels (agent) WHERE status NOT IN (0, 10, 12);

CREATE TABLE kernel_logs (
    kernel_id BLOB NOT NULL PRIMARY KEY REFERENCES kernels (id),
    content BLOB NOT NULL
);

CREATE TABLE session_history (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    step TEXT,
    from_status BIGINT,
    to_status BIGINT NOT NULL,
    reason TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX history_of_session ON session_history (session_id, id);

-- Signed amounts, inserted with each change and folded later; readers sum them.
CREATE TABLE counts_by_domain (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    domain_name TEXT NOT NULL,
    status BIGINT NOT NULL,
    amount BIGINT NOT NULL
);
CREATE INDEX domain_counts ON counts_by_domain (domain_name, status, amount);

CREATE TABLE counts_by_owner (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    domain_name TEXT NOT NULL,
    group_id BLOB NOT NULL,
    access_key TEXT NOT NULL,
    status BIGINT NOT NULL,
    amount BIGINT NOT NULL
);
CREATE INDEX key_counts ON counts_by_owner (access_key, status, domain_name, group_id, amount);
CREATE INDEX project_counts ON counts_by_owner (group_id, status, domain_name, access_key, amount);

-- One writer at a time: a growing number is in commit order by itself.
CREATE TABLE events (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    session_id BLOB NOT NULL,
    session_name TEXT NOT NULL,
    kernel_id BLOB NOT NULL,
    cluster_role TEXT,
    cluster_idx BIGINT,
    access_key TEXT NOT NULL,
    user_id BLOB NOT NULL,
    domain_name TEXT NOT NULL,
    group_id BLOB NOT NULL,
    at BIGINT NOT NULL
);
