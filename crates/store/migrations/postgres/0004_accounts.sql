-- Addresses that differ in the case of letters alone are one.
CREATE UNIQUE INDEX users_email_folded ON users (lower(email));
