//! Names and data of events (`rest.md` §6.1).

use rollcall_model::event::Event;
use serde_json::{Map, Value};

/// Every event that is relayed to clients.
pub const RELAYED: [&str; 15] = [
    "session_enqueued",
    "session_scheduled",
    "session_started",
    "session_cancelled",
    "session_terminated",
    "session_success",
    "session_failure",
    "kernel_preparing",
    "kernel_pulling",
    "kernel_creating",
    "kernel_started",
    "kernel_cancelled",
    "kernel_terminating",
    "kernel_terminated",
    // Told by the stream itself when there is nothing more to come.
    SERVER_CLOSE,
];

/// The last event of a stream that ends.
pub const SERVER_CLOSE: &str = "server_close";

/// Whether clients are told of events of this name.
#[must_use]
pub fn is_relayed(name: &str) -> bool {
    RELAYED.contains(&name)
}

/// The data of an event. `clusterRole` and `clusterIdx` belong to kernel events; an index of 0 is
/// left out.
#[must_use]
pub fn data(event: &Event) -> Value {
    let mut data = Map::from_iter([
        ("reason".to_owned(), Value::from(event.reason.as_str())),
        ("sessionName".to_owned(), event.session_name.as_str().into()),
        ("ownerAccessKey".to_owned(), event.access_key.as_str().into()),
        ("sessionId".to_owned(), event.session_id.to_string().into()),
        ("kernelId".to_owned(), event.kernel_id.to_string().into()),
    ]);
    if let Some(role) = &event.cluster_role {
        data.insert("clusterRole".to_owned(), role.as_str().into());
    }
    if let Some(index) = event.cluster_idx.filter(|index| *index != 0) {
        data.insert("clusterIdx".to_owned(), index.into());
    }
    Value::Object(data)
}

#[cfg(test)]
mod tests {
    use rollcall_model::ids::{GroupId, SessionId, UserId};
    use rollcall_model::time::from_micros;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn data_has_the_contracts_keys() {
        let session_id = SessionId(Uuid::nil());
        let event = Event {
            number: 1,
            name: "kernel_started".into(),
            reason: String::new(),
            session_id,
            session_name: "mysess".into(),
            kernel_id: session_id.main_kernel(),
            cluster_role: Some("main".into()),
            cluster_idx: Some(1),
            access_key: "AK".into(),
            user_id: UserId(Uuid::nil()),
            domain: "default".into(),
            group_id: GroupId(Uuid::nil()),
            at: from_micros(0),
        };
        let nil = "00000000-0000-0000-0000-000000000000";
        assert_eq!(
            data(&event).to_string(),
            format!(
                r#"{{"reason":"","sessionName":"mysess","ownerAccessKey":"AK","sessionId":"{nil}","kernelId":"{nil}","clusterRole":"main","clusterIdx":1}}"#
            )
        );
        assert!(is_relayed(&event.name) && !is_relayed("session_error") && !is_relayed("session_preparing"));
    }
}
