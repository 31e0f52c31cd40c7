//! Templates: what is taken, what is refused and where, and what a session from one is made of.
#![allow(clippy::unwrap_used)]

use rollcall_model::template::TemplateKind::{self, Cluster, Task};
use serde_json::{Value, json};

use super::*;
use crate::parameters::Parameters;
use crate::problem::Problem;

fn template() -> Value {
    json!({
        "api_version": "v1", "kind": "taskTemplate", "metadata": {"name": "hello", "tag": "x"},
        "spec": {
            "session_type": "batch", "scaling_group": "gpu", "mounts": {"data": "/data", "more": null},
            "resources": {"cpu": 1, "mem": "1g"}, "agent_list": [],
            "kernel": {
                "image": "bash", "environ": {"A": "1", "N": 3, "Z": null},
                "run": {"bootstrap": "echo hi\n", "startup_command": "true"},
                "git": {"repository": "https://example.com/me/it's.git", "branch": "main", "commit": "a1b2"},
            },
        },
    })
}

fn read(kind: TemplateKind, payload: &str) -> Result<TemplateRequest, Problem> {
    let values = json!({ "payload": payload }).as_object().unwrap().clone();
    TemplateRequest::of(kind, Parameters::new(values))
}

fn reason(kind: TemplateKind, payload: &Value) -> String {
    let problem = read(kind, &payload.to_string()).unwrap_err();
    problem.data().unwrap()["payload"].as_str().unwrap().to_owned()
}

#[test]
fn payloads_are_json_or_yaml_with_one_or_several() {
    let listed = json!({"session_templates": [{"template": template()}, {"template": template(), "name": "other",
        "group_id": "00000000-0000-4000-8000-000000000001", "user_uuid": "00000000000040008000000000000002"}]});
    let request = read(Task, &listed.to_string()).unwrap();
    let names: Vec<_> = request.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!((names, request.group.as_str(), request.domain), (vec!["hello", "other"], "default", None));
    assert_eq!(request.items[1].group.unwrap().as_u128() & 15, 1);
    assert_eq!(request.items[1].user.unwrap().as_u128() & 15, 2);
    assert_eq!(request.items[0].body, template());
    let yaml = "session_templates:\n- template:\n    apiVersion: v1\n    kind: task_template\n    \
                metadata: {name: a b}\n    spec:\n      kernel: {image: 'bash', more: [1]}\n";
    assert_eq!(read(Task, yaml).unwrap().items[0].body["spec"]["kernel"]["more"], json!([1]));
    assert_eq!(read(Task, &template().to_string()).unwrap().items.len(), 1);
    let cluster = json!({"api_version": "v1", "kind": "clusterTemplate", "metadata": {"name": "c"}, "spec": {}});
    assert_eq!(read(Cluster, &cluster.to_string()).unwrap().items[0].name, "c");
    assert_eq!(reason(Task, &cluster), "kind is not `taskTemplate`");
    assert_eq!(reason(Cluster, &template()), "kind is not `clusterTemplate`");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let mut told = String::new();
    for (path, value) in [
        ("/api_version", json!(6)),
        ("/kind", Value::Null),
        ("/metadata", json!([])),
        ("/metadata/name", json!("a\u{202e}b")),
        ("/metadata/name", json!("x".repeat(65))),
        ("/metadata/tag", json!(1)),
        ("/spec", Value::Null),
        ("/spec/session_type", json!("inference\u{1b}")),
        ("/spec/kernel", json!("bash")),
        ("/spec/kernel/image", json!("")),
        ("/spec/kernel/environ/A", json!(true)),
        ("/spec/kernel/run/bootstrap", json!("a\0b")),
        ("/spec/kernel/git/repository", json!("--upload-pack=x")),
        ("/spec/kernel/git/repository", json!("https://me:secret@example.com/x")),
        ("/spec/kernel/git/repository", json!("https://example.com/..")),
        ("/spec/kernel/git/branch", json!("-b")),
        ("/spec/kernel/git/commit", json!("a\nb")),
        ("/spec/kernel/git/commit", json!({})),
        ("/spec/kernel/git", json!({"repository": "x", "credential": {"username": "a", "password": "b"}})),
        ("/spec/mounts/data", json!([])),
        ("/spec/resources", json!("cpu=1")),
        ("/spec/agent_list", json!([1])),
        ("/spec/kernel/image", json!("x".repeat(20_000))),
    ] {
        let mut body = template();
        *body.pointer_mut(path).unwrap() = value;
        told.push_str(&format!("{path}: {}\n", reason(Task, &json!({"session_templates": [{"template": body}]}))));
    }
    for payload in [
        json!([]),
        json!({}),
        json!({"session_templates": {}}),
        json!({"session_templates": []}),
        json!({"session_templates": vec![json!({}); 17]}),
        json!({"session_templates": [1]}),
        json!({"session_templates": [{"template": 1}]}),
        json!({"session_templates": [{"template": template(), "name": ""}]}),
        json!({"session_templates": [{"template": template(), "name": 3}]}),
        json!({"session_templates": [{"template": template(), "group_id": "default"}]}),
        json!({"session_templates": [{"template": template(), "user_uuid": 3}]}),
    ] {
        told.push_str(&format!("{}\n", reason(Task, &payload)));
    }
    for payload in ["{", "a: &a [*a]", "x: !!binary a", &"a".repeat(70_000)] {
        let problem = read(Task, payload).unwrap_err();
        told.push_str(&format!("{}\n", problem.data().unwrap()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_change_is_of_one() {
    let parameters =
        |payload: &Value| Parameters::new(json!({ "payload": payload.to_string() }).as_object().unwrap().clone());
    assert_eq!(one(Task, parameters(&template())).unwrap().name, "hello");
    let two = json!({"session_templates": [{"template": template()}, {"template": template()}]});
    assert_eq!(one(Task, parameters(&two)).unwrap_err().data().unwrap(), &json!({"payload": "give one template"}));
    assert!(one(Task, Parameters::default()).is_err());
}

fn made(given: &Value) -> FromTemplate {
    let defaults = Defaults { group: "research", domain: "second" };
    from_template(&template(), defaults, Parameters::new(given.as_object().unwrap().clone())).unwrap()
}

#[test]
fn a_template_fills_what_is_open() {
    let FromTemplate { request, bootstrap, git } = made(&json!({}));
    assert_eq!((request.name.as_str(), request.image.as_str()), ("hello", "bash"));
    assert_eq!((request.group.as_str(), request.domain.as_str()), ("research", "second"));
    assert_eq!((request.tag.as_deref(), request.startup_command.as_deref()), (Some("x"), Some("true")));
    assert_eq!(request.session_type.as_str(), "BATCH");
    assert_eq!(request.config.mounts, ["data", "more"]);
    assert_eq!(request.config.mount_map, [("data".to_owned(), "/data".to_owned())]);
    assert_eq!(request.config.environ, [("A".to_owned(), "1".to_owned()), ("N".to_owned(), "3".to_owned())]);
    assert_eq!(request.config.scaling_group.as_deref(), Some("gpu"));
    assert_eq!(request.config.resources.to_string(), "cpu=1 mem=1g");
    assert_eq!((request.bootstrap_script, bootstrap.as_deref()), (None, Some("echo hi\n")));
    assert!(git.is_some());
}

#[test]
fn what_is_given_wins() {
    let given = json!({
        "clientSessionToken": "mine", "lang": "sh", "sessionType": "interactive", "tag": "y", "startupCommand": "false",
        "groupName": "other", "domain_name": "first", "bootstrapScript": "aGk=", "maxWaitSeconds": 5,
        "config": {"mounts": [], "environ": {"B": "2"}, "scalingGroup": "cpu", "resources": {"cpu": 2}},
    });
    let FromTemplate { request, .. } = made(&given);
    let texts = [&request.name, &request.image, &request.group, &request.domain].map(String::as_str);
    assert_eq!(texts, ["mine", "sh", "other", "first"]);
    assert_eq!((request.tag.as_deref(), request.startup_command.as_deref()), (Some("y"), Some("false")));
    assert_eq!((request.bootstrap_script.as_deref(), request.max_wait_seconds), (Some("aGk="), 5));
    assert_eq!(request.session_type.as_str(), "INTERACTIVE");
    assert_eq!((request.config.mounts.len(), request.config.mount_map.len()), (0, 0));
    assert_eq!(request.config.environ, [("B".to_owned(), "2".to_owned())]);
    assert_eq!(request.config.scaling_group.as_deref(), Some("cpu"));
    assert_eq!(request.config.resources.to_string(), "cpu=2");
}

#[test]
fn nothing_that_the_python_client_makes_up_is_taken() {
    let given = json!({"name": NOT_GIVEN, "image": NOT_GIVEN, "tag": NOT_GIVEN, "group": null,
        "config": {"scalingGroup": NOT_GIVEN, "mounts": []}});
    let FromTemplate { request, .. } = made(&given);
    assert_eq!((request.name.as_str(), request.image.as_str()), ("hello", "bash"));
    assert_eq!(request.config.scaling_group.as_deref(), Some("gpu"));
    let wrong = Parameters::new(json!({"config": 3, "type": "x"}).as_object().unwrap().clone());
    let problem = from_template(&template(), Defaults { group: "g", domain: "d" }, wrong).unwrap_err();
    let told = json!({"config": "value is not a dict", "type": "value is not a valid member of SessionTypes"});
    assert_eq!(problem.data().unwrap(), &told);
}

#[test]
fn clones_are_quoted() {
    let script = |git: Value| {
        let kernel = json!({ "git": git });
        GitStep::of_kernel(kernel.as_object().unwrap()).map(|git| git.script())
    };
    assert_eq!(
        made(&json!({})).git.unwrap().script(),
        "[ -e 'it'\\''s' ] || { git clone --branch='main' -- 'https://example.com/me/it'\\''s.git' 'it'\\''s' \
         && git -C 'it'\\''s' checkout --detach 'a1b2' --; }\n"
    );
    assert_eq!(
        script(json!({"repository": "git@example.com:me/$(touch x).git", "destination": "a b; rm -rf ~"})).unwrap(),
        "[ -e 'a b; rm -rf ~' ] || { git clone -- 'git@example.com:me/$(touch x).git' 'a b; rm -rf ~'; }\n"
    );
    assert_eq!(script(json!({"repository": "-x"})), None);
    assert_eq!(script(json!("x")), None);
}

#[test]
fn a_script_keeps_its_interpreter() {
    let kernel = json!({"git": {"repository": "r"}});
    let git = GitStep::of_kernel(kernel.as_object().unwrap()).unwrap();
    assert_eq!(git.before("echo $0\n"), format!("{}echo $0\n", git.script()));
    let home = tempfile::tempdir().unwrap();
    for (script, told) in [("#!/bin/cat\n'quoted' $HOME\n", "#!/bin/cat\n'quoted' $HOME\n"), ("echo '$x'\n", "$x\n")] {
        let whole = format!("git() {{ :; }}\n{}", git.before(script));
        let mut command = std::process::Command::new("sh");
        let output = command.args(["-c", &whole]).current_dir(&home).env("HOME", home.path()).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), told);
    }
}

/// A real shell takes each value for one word, whatever is in it.
#[test]
fn a_shell_reads_one_word() {
    for hostile in ["a b", "$HOME", "`id`", "'; id; '", "\\'", "\"", "!!", "*", "~", "a'b'c", "ü\u{202e}", "#", "%s"] {
        let kernel = json!({"git": {"repository": "r", "destination_dir": hostile}});
        let script = GitStep::of_kernel(kernel.as_object().unwrap()).unwrap().script();
        let shell = format!("git() {{ printf '<%s>' \"$@\"; }}\n{script}");
        let directory = tempfile::tempdir().unwrap();
        let output = std::process::Command::new("sh").args(["-c", &shell]).current_dir(&directory).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("<clone><--><r><{hostile}>"), "{script}");
    }
}
