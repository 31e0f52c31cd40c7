//! A private PostgreSQL for the tests of one process.
