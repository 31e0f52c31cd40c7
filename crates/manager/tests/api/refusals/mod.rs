//! Refusals: who is told what, what hostile requests meet, and the classes of `docs/vulnerabilities.md`.

mod bodies;
mod changes;
mod classes;
mod connections;
mod credentials;
mod fields;
mod guards;
mod moved;
mod names;
mod parameters;
mod queries;
mod routes;
mod strangers;
mod updates;
