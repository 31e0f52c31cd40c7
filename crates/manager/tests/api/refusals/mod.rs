//! Refusals: who is told what, what hostile requests meet, and the classes of
//! `docs/vulnerability-classes.md`.

mod routes;
mod strangers;
