//! The runtime's story, told as root and as an ordinary user, under bubblewrap and under Landlock.
//!
//! This program is also the shim and the `_enter` of the kernels it starts, so it has a main of its
//! own. As root it tells the story, then runs a copy of itself as `nobody` to tell it again.
//! `STORY=name` tells one part only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod inside;
mod life;
mod world;

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rollcall_runtime::local::FenceChoice;
use world::World;

const NOBODY: u32 = 65_534;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_ref().and_then(|argument| argument.to_str()) {
        Some("_shim") => return rollcall_runtime::shim::main(arguments),
        Some("_enter") => return rollcall_runtime::local::fence::enter_main(arguments),
        Some("--list") => return ExitCode::SUCCESS,
        _ => {}
    }
    let root = rustix::process::geteuid().is_root();
    for fence in [FenceChoice::Bubblewrap, FenceChoice::Landlock] {
        tell(fence, if root { "root" } else { "an ordinary user" });
    }
    life::without_a_fence();
    if root { as_nobody() } else { ExitCode::SUCCESS }
}

fn tell(fence: FenceChoice, who: &str) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let Some(world) = tokio.block_on(World::new(fence)) else { return };
    let wanted = std::env::var("STORY").ok();
    macro_rules! parts {
        ($($module:ident :: $name:ident),+ $(,)?) => {$(
            if wanted.as_deref().is_none_or(|wanted| wanted == stringify!($name)) {
                let begin = std::time::Instant::now();
                tokio.block_on($module::$name(&world));
                println!("ok {} ({fence:?}, {who}, {} ms)", stringify!($name), begin.elapsed().as_millis());
            }
        )+};
    }
    parts![
        life::starts_and_logs_and_counts,
        life::ends_with_its_exit_code,
        life::terminates_with_a_last_word,
        life::is_killed_when_it_ignores_the_wish,
        life::restarts_with_its_home,
        life::a_terminal_is_resized_and_typed_into,
        life::is_adopted_by_the_next_engine,
        life::a_second_start_is_the_first,
        life::a_killed_shim_leaves_nothing,
        life::is_forgotten_entirely,
        life::bootstraps_once_and_refuses_nonsense,
        life::images_start,
        inside::sees_nothing_of_the_host,
        inside::reaches_nobody,
        inside::has_no_rights,
        inside::has_a_clean_environment,
        life::memory_and_processes_are_bounded,
    ];
}

/// The same as an ordinary user. A copy of this program, because that user may not see this one.
fn as_nobody() -> ExitCode {
    let place = tempfile::Builder::new().prefix("rt").tempdir_in("/tmp").unwrap();
    std::os::unix::fs::chown(place.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let program = place.path().join("story");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let status =
        Command::new(&program).env("TMPDIR", place.path()).current_dir("/").uid(NOBODY).gid(NOBODY).status().unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
