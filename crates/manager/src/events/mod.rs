//! Server-sent events (`rest.md` §6). An answer that goes on is written by a task of its own, into a
//! channel of a few frames: a reader who does not read holds those and no more, and is cut off. Who
//! hears what is judged again for each event, by what the store says of the caller at that moment.

mod frames;
pub(crate) mod sessions;
mod stream;
pub(crate) mod tasks;

pub(crate) use stream::Cut;
