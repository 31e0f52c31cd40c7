//! What people change of their own account, and accounts that people make for themselves.

use rollcall_model::account::UserStatus;
use rollcall_model::ids::DomainName;
use rollcall_model::own::{OwnAccount, SignUp};
use rollcall_store::ssh_keys::SshKeypair;
use rollcall_store::{Applicant, NewKeypair};

use crate::manage::{keypair, refused};
use crate::on_both_engines;
use crate::world::{World, at, email, group, key, user};

on_both_engines!(a_password_a_name_and_an_ssh_key, who_goes_is_switched_off, who_comes_is_switched_off);

async fn own(world: &World, name: &str) -> OwnAccount {
    OwnAccount::of(&world.caller(name).await)
}

async fn a_password_a_name_and_an_ssh_key(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, alice) = (&world.store, own(&world, "alice").await);
    let old = store.own_password_hash(&alice).await.unwrap().unwrap();
    assert!(store.change_own_password(&alice, &old, "new hash", at(7)).await.unwrap());
    assert!(!store.change_own_password(&alice, &old, "third hash", at(8)).await.unwrap());
    assert_eq!(store.own_password_hash(&alice).await.unwrap().unwrap(), "new hash");
    store.change_own_name(&alice, "Älis", at(9)).await.unwrap();
    let now = store.user_by_id(user("alice")).await.unwrap().unwrap();
    assert_eq!((now.full_name.as_str(), now.modified_at, now.need_password_change), ("Älis", at(9), false));
    let bob = store.user_by_id(user("bob")).await.unwrap().unwrap();
    assert_eq!((bob.full_name.as_str(), bob.modified_at), ("Person bob", at(0)));
    assert_eq!(store.own_password_hash(&own(&world, "bob").await).await.unwrap().unwrap(), old);

    assert_eq!(store.own_ssh_key(&alice).await.unwrap(), None);
    let ssh = SshKeypair { public: "ssh-rsa one\n".into(), private: "private".into() };
    store.replace_own_ssh_key(&alice, &ssh).await.unwrap();
    assert_eq!(store.own_ssh_key(&alice).await.unwrap().as_deref(), Some("ssh-rsa one\n"));
    assert_eq!(store.own_ssh_key(&own(&world, "bob").await).await.unwrap(), None);
}

async fn who_goes_is_switched_off(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let (alice, root) = (own(&world, "alice").await, own(&world, "root").await);
    store.sign_out(&alice, at(7)).await.unwrap();
    assert!(store.signing_key(&key("alice")).await.unwrap().is_none());
    assert!(!store.keypair(&key("alice")).await.unwrap().unwrap().is_active);
    let gone = store.user_by_id(user("alice")).await.unwrap().unwrap();
    assert_eq!((gone.status, gone.status_info.as_deref()), (UserStatus::Inactive, Some("signed-out")));
    assert_eq!(
        refused(store.sign_out(&root, at(8)).await),
        "this would leave no active superadmin with an active administrative key"
    );
    assert!(store.signing_key(&key("root")).await.unwrap().is_some());
    assert!(store.signing_key(&key("bob")).await.unwrap().is_some());
}

fn applicant(name: &str, domain: &str) -> Applicant {
    // Whatever the key says of itself.
    let keypair = NewKeypair { is_active: true, is_admin: true, ..keypair(name) };
    Applicant {
        domain: DomainName::from(domain),
        email: email(name),
        username: name.to_owned(),
        full_name: String::new(),
        description: String::new(),
        password_hash: "hash".to_owned(),
        keypair,
    }
}

async fn who_comes_is_switched_off(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    assert_eq!(SignUp::when(false), None);
    let may = SignUp::when(true).unwrap();
    store.sign_up(may, &applicant("dave", "second"), at(7)).await.unwrap();
    assert!(store.signing_key(&key("dave")).await.unwrap().is_none());
    let keypair = store.keypair(&key("dave")).await.unwrap().unwrap();
    assert_eq!((keypair.is_active, keypair.is_admin), (false, false));
    let dave = store.user_by_email(&email("dave")).await.unwrap().unwrap();
    assert_eq!((dave.status, dave.status_info.as_deref()), (UserStatus::Inactive, Some("signed-up")));
    assert!(store.is_member(group("second"), dave.id).await.unwrap());
    assert!(!store.is_member(group("default"), dave.id).await.unwrap());

    for (name, domain) in [("erin", "nowhere"), ("erin", "a\0b")] {
        assert_eq!(refused(store.sign_up(may, &applicant(name, domain), at(8)).await), "there is no such thing");
    }
    let mut again = applicant("erin", "default");
    again.email = email("dave").to_uppercase();
    assert!(refused(store.sign_up(may, &again, at(8)).await).contains("uq_users_email"));
    let mut again = applicant("erin", "default");
    again.username = "dave".to_owned();
    assert!(refused(store.sign_up(may, &again, at(8)).await).contains("uq_users_username"));
    assert!(store.user_by_email(&email("erin")).await.unwrap().is_none());
    // Two at once of one address.
    let erin = applicant("erin", "default");
    let (one, other) = tokio::join!(store.sign_up(may, &erin, at(9)), store.sign_up(may, &erin, at(9)));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}
