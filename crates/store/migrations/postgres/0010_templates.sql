-- How many templates a person has is asked whenever one is made.
CREATE INDEX session_templates_of_user ON session_templates (user_id, kind);
