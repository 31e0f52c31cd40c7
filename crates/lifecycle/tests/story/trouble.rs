//! Failures around the loop: it goes on, and nothing is concluded from what could not be seen.

use rollcall_model::access::{System, see_agents};
use rollcall_model::agent::AgentStatus;
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use rollcall_store::NewAgent;

use crate::world::{BOUND, World, main_of, request};

#[tokio::test]
async fn a_blind_engine_ends_neither_sessions_nor_the_loop() {
    let world = World::new().await;
    let running = world.start().await;
    let kept = world.made(&running.lifecycle, request("kept")).await;
    world.reaches(kept, Status::Running).await;
    world.machine.be_broken(true);
    let made = world.made(&running.lifecycle, request("made")).await;
    world.machine.be_broken(false);
    world.reaches(made, Status::Running).await;
    assert_eq!(world.session(kept).await.status, Status::Running);
    world.machine.exit(main_of(kept), 0);
    world.reaches(kept, Status::Terminated).await;
    running.stopped().await;
}

#[tokio::test]
async fn a_silent_agent_is_lost_and_gets_nothing() {
    let world = World::new().await;
    let silent = NewAgent {
        id: "i-silent".into(),
        region: "local".to_owned(),
        scaling_group: "default".to_owned(),
        available_slots: Slots::of(64.into(), 1 << 40),
        addr: "local://silent".to_owned(),
        version: "0".to_owned(),
        compute_plugins: serde_json::json!({}),
    };
    let long_ago = rollcall_model::time::truncate(chrono::Utc::now() - chrono::Duration::hours(1));
    world.store.register_agent(System::control_plane(), &silent, long_ago).await.unwrap();
    let running = world.start().await;
    let root = see_agents(&world.caller("ROOT").await).unwrap();
    let lost = async {
        loop {
            let agent = world.store.agent(&root, "i-silent").await.unwrap().unwrap();
            if agent.status == AgentStatus::Lost {
                return agent;
            }
            tokio::task::yield_now().await;
        }
    };
    let agent = tokio::time::timeout(BOUND, lost).await.expect("never lost");
    assert!(agent.lost_at.is_some());
    let own = world.store.agent(&root, "i-test").await.unwrap().unwrap();
    assert_eq!(own.status, AgentStatus::Alive);
    let id = world.made(&running.lifecycle, request("sess")).await;
    let session = world.reaches(id, Status::Running).await;
    assert_eq!(session.agent.unwrap().as_str(), "i-test");
    running.stopped().await;
}
