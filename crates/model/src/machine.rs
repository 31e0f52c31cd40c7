//! What a machine uses as a whole, sessions or not. `wire` prints it in the shapes of `graphql.md`
//! §3.9.

/// One look at a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineStats {
    /// All processors together.
    pub cpu: CpuUse,
    /// Each processor.
    pub cores: Vec<CpuUse>,
    /// Memory that is not available to new programs, in bytes.
    pub mem_used_bytes: i64,
    /// All memory in bytes; 0 is unknown.
    pub mem_total_bytes: i64,
    /// What is taken on the file system that sessions write to, in bytes.
    pub disk_used_bytes: i64,
    /// All of that file system in bytes; 0 is unknown.
    pub disk_total_bytes: i64,
    /// Bytes received a second, lately, over all interfaces but the loopback.
    pub net_rx_rate: i64,
    /// Bytes sent a second, likewise.
    pub net_tx_rate: i64,
}

/// Use of one processor or of all, between the last two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuUse {
    /// Milliseconds that it was busy.
    pub used_ms: i64,
    /// Milliseconds that there were, for all processors counted together.
    pub capacity_ms: i64,
}

impl CpuUse {
    /// Per cent of what there was, 0 to 100; 0 before the second look.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share for people needs no more digits than a float has")]
    pub fn percent(self) -> f64 {
        if self.capacity_ms <= 0 { 0.0 } else { self.used_ms as f64 * 100.0 / self.capacity_ms as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert!(CpuUse::default().percent().abs() < f64::EPSILON);
        let half = CpuUse { used_ms: 500, capacity_ms: 1000 };
        assert!((half.percent() - 50.0).abs() < f64::EPSILON);
    }
}
