//! The same for `GET /v1/sessions`: pages by offsets and by cursors, totals, orders, and changes.

mod change;
mod follow;
mod list;
mod live;
mod pages;
mod read;
mod walk;
