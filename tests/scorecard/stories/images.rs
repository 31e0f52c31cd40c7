//! Images: their list, other names for them, and a new look for them.

use serde_json::json;

use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let root = &stage.root;
    stage.shows(root, "admin image list", &[], |text| {
        assert!(has_line(text, &["rollcall/bash", "local.rollcall"]) && has_line(text, &["rollcall/python"]), "{text}");
    });
    let named = || {
        let aliases = stage.asks(root, "{ image(reference: \"bash\") { aliases } }");
        aliases["aliases"].as_array().unwrap().contains(&json!("card-shell"))
    };
    stage.shows(root, "admin image alias", &["card-shell", "bash"], |_| {
        assert!(named());
        let image = stage.asks(&stage.alice, "{ image(reference: \"card-shell\") { name } }");
        assert_eq!(image, json!({ "name": "rollcall/bash" }));
    });
    let refused = stage.says(&stage.admin, "admin image dealias", &["card-shell"]);
    assert!(refused.contains("no permission") && named(), "{refused}");
    stage.shows(root, "admin image dealias", &["card-shell"], |_| assert!(!named()));
    stage.shows(root, "admin image rescan", &[], |text| {
        assert!(text.contains("Finished registry scanning") && text.contains("Looked at this machine"), "{text}");
    });
}
