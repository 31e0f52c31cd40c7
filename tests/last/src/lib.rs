//! Nothing but the workspace's last test.
//!
//! Cargo runs the tests of a workspace package by package in the order of the packages' names, so
//! this one's name sorts behind all others. `the_skips_are_counted_last` holds it to that.
#![forbid(unsafe_code)]
