-- The list by the person, whichever of their keys a session was made with.
CREATE INDEX sessions_of_user ON sessions (user_id, status, latest, id, domain_name, group_id, access_key);
