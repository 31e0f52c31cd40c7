//! A machine's use in the shape of `graphql.md` §3.9: `{"node": …, "devices": …}`.

use rollcall_model::machine::{CpuUse, MachineStats};
use serde_json::{Map, Value, json};

use crate::stats::{Unit, measurement};

/// Prints a look at a machine. `bps` are bytes a second: clients print
/// them as such.
#[must_use]
pub fn print(stats: &MachineStats) -> Value {
    let cpu = |cpu: &CpuUse| measurement(Unit::Whole, "msec", cpu.used_ms, cpu.capacity_ms);
    let bytes = |used, total| measurement(Unit::Whole, "bytes", used, total);
    let rate = |bytes| measurement(Unit::Whole, "bps", bytes, 0);
    let cores = stats.cores.iter().enumerate().map(|(index, core)| (index.to_string(), cpu(core).into()));
    json!({
        "node": {
            "cpu_util": cpu(&stats.cpu),
            "mem": bytes(stats.mem_used_bytes, stats.mem_total_bytes),
            "disk": bytes(stats.disk_used_bytes, stats.disk_total_bytes),
            "net_rx": rate(stats.net_rx_rate),
            "net_tx": rate(stats.net_tx_rate),
        },
        "devices": {
            "cpu_util": Map::from_iter(cores),
            "mem": {"root": bytes(stats.mem_used_bytes, stats.mem_total_bytes)},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_has_the_contracts_shape() {
        let core = |used_ms| CpuUse { used_ms, capacity_ms: 1000 };
        let printed = print(&MachineStats {
            cpu: CpuUse { used_ms: 500, capacity_ms: 2000 },
            cores: vec![core(500), core(0)],
            mem_used_bytes: 250,
            mem_total_bytes: 1000,
            net_rx_rate: 8,
            ..MachineStats::default()
        });
        let busy = json!({"current": "500", "capacity": "2000", "pct": "25", "unit_hint": "msec"});
        let mem = json!({"current": "250", "capacity": "1000", "pct": "25", "unit_hint": "bytes"});
        assert_eq!((&printed["node"]["cpu_util"], &printed["node"]["mem"]), (&busy, &mem));
        assert_eq!(printed["node"]["disk"]["pct"], Value::Null);
        assert_eq!(
            printed["node"]["net_rx"],
            json!({"current": "8", "capacity": null, "pct": null, "unit_hint": "bps"})
        );
        assert_eq!(printed["devices"]["cpu_util"]["0"]["pct"], "50");
        assert_eq!(printed["devices"]["mem"]["root"], mem);
    }
}
