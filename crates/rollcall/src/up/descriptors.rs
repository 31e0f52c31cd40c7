//! Open files: a connection needs one, and where there are none left nobody is let in.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For everything beside connections: the database, kernels, logs.
const BESIDE: u64 = 1024;

/// Raises this process's own limit as far as `wanted` connections need and it may go, and says how many
/// then fit.
pub(super) fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let now = limit.current.unwrap_or(most);
    let needed = (wanted as u64).saturating_add(BESIDE).min(most);
    let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
    let open = if needed > now && setrlimit(Resource::Nofile, raised).is_ok() { needed } else { now };
    let fit = fitting(open, wanted);
    if fit < wanted {
        tracing::warn!(open, fit, "{open} open files allow {fit} connections in place of {wanted}");
    }
    fit
}

fn fitting(open: u64, wanted: usize) -> usize {
    let left = open - BESIDE.min(open / 2);
    usize::try_from(left).unwrap_or(usize::MAX).min(wanted).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_rest() {
        assert_eq!(fitting(1 << 20, 4096), 4096);
        assert_eq!(fitting(5120, 4096), 4096);
        assert_eq!(fitting(4096, 4096), 3072);
        assert_eq!(fitting(1024, 4096), 512);
        assert_eq!([fitting(1, 4096), fitting(0, 4096)], [1, 1]);
    }

    #[test]
    fn a_limit_is_never_lowered() {
        let before = getrlimit(Resource::Nofile).current;
        assert_eq!(connections(1), 1);
        assert_eq!(getrlimit(Resource::Nofile).current, before);
    }
}
