//! What a kernel finds when it tries to look and reach out of its fence.

use std::net::TcpListener;

use rollcall_runtime::Engine;
use rollcall_runtime::local::FenceChoice;

use crate::world::{World, batch, said};

pub(crate) async fn sees_nothing_of_the_host(world: &World) {
    let secret = world.directory.path().join("secret");
    std::fs::write(&secret, "the secret").unwrap();
    let neighbour = batch("echo private > mine; echo up; sleep 600");
    world.engine.start(&neighbour).await.unwrap();
    said(&world.engine, neighbour.kernel, "up").await;
    let directory = world.kernel_dir(neighbour.kernel);
    let command = format!(
        "cat {secret}; cat {dir}/order.json; cat {dir}/home/mine; ls {dir}/home; ls {state}; ls /root; ls /home; cat /etc/shadow; cat /etc/hostname; \
         cat /etc/passwd; echo bad > /usr/written; echo bad > /etc/written; echo bad > /written; echo bad > /dev/written; echo bad > /var/tmp/written; \
         echo good > written; cat written; echo done",
        secret = secret.display(),
        dir = directory.display(),
        state = world.state_dir().display(),
    );
    let log = world.output_of(&command).await;
    assert!(log.contains("good\ndone"), "{log}");
    for line in log.lines() {
        let own = line == "work"
            || line == "good"
            || line == "done"
            || line.starts_with("root:x:0:0:root:/:")
            || line.starts_with("work:x:1000:")
            || line.starts_with("nobody:x:");
        let refused = line.contains("No such file")
            || line.contains("Permission denied")
            || line.contains("Read-only file system")
            || line.contains("cannot create");
        assert!(own || refused, "{line:?} in {log}");
    }
    for place in ["/usr/written", "/etc/written", "/written", "/dev/written", "/var/tmp/written"] {
        assert!(!std::path::Path::new(place).exists(), "{place}");
    }
    world.engine.forget(neighbour.kernel).await.unwrap();
}

pub(crate) async fn reaches_nobody(world: &World) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let abstract_name = format!("rollcall-test-{}", std::process::id());
    let address = <std::os::unix::net::SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(
        abstract_name.as_bytes(),
    )
    .unwrap();
    let _abstract = std::os::unix::net::UnixListener::bind_addr(&address).unwrap();
    let neighbour = batch("echo up; sleep 600");
    world.engine.start(&neighbour).await.unwrap();
    said(&world.engine, neighbour.kernel, "up").await;
    let order: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.kernel_dir(neighbour.kernel).join("shim.json")).unwrap()).unwrap();
    let victims = [u64::from(std::process::id()), order["pid"].as_u64().unwrap(), order["child"][0].as_u64().unwrap()];
    let script = format!(
        r#"
import ctypes, os, signal, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, act):
    try:
        act()
        print(name, "REACHED")
    except Exception as error:
        print(name, "refused")
def ptrace(pid):
    if libc.ptrace(16, pid, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
for pid in {victims:?}:
    attempt("signal", lambda: os.kill(pid, 0))
    attempt("ptrace", lambda: ptrace(pid))
    attempt("memory", lambda: open("/proc/%d/mem" % pid, "rb"))
    attempt("environ", lambda: open("/proc/%d/environ" % pid, "rb").read())
    attempt("files", lambda: os.listdir("/proc/%d/root" % pid))
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", {port}), timeout=5))
def abstract():
    s = socket.socket(socket.AF_UNIX)
    s.connect("\0{abstract_name}")
attempt("abstract", abstract)
attempt("all", lambda: os.kill(-1, 0))
print("tried everything")
"#
    );
    let log = world.output_of(&format!("cat > t.py <<'END'\n{script}\nEND\npython3 t.py")).await;
    assert!(log.contains("tried everything"), "{log}");
    // `kill -1` spares oneself; whom it finds in there is of this kernel.
    for line in log.lines().filter(|line| !line.starts_with("all ")) {
        assert!(!line.contains("REACHED"), "{line} in {log}");
    }
    assert!(listener.accept().is_err(), "nobody came");
    assert!(log.matches("refused").count() >= 17, "{log}");
    world.engine.forget(neighbour.kernel).await.unwrap();
}

pub(crate) async fn has_no_rights(world: &World) {
    let command = "python3 - <<'END'\n\
        import ctypes, os\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        print('uid', os.getuid() != 0, os.geteuid() != 0)\n\
        class H(ctypes.Structure): _fields_ = [('version', ctypes.c_uint32), ('pid', ctypes.c_int)]\n\
        d = (ctypes.c_uint32 * 6)()\n\
        libc.capget(ctypes.byref(H(0x20080522, 0)), d)\n\
        print('caps', list(d))\n\
        print('new_privs', libc.prctl(39, 0, 0, 0, 0))\n\
        print('mount', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))\n\
        print('userns', libc.unshare(0x10000000))\n\
        print('mount2', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))\n\
        END";
    let log = world.output_of(command).await;
    assert!(
        log.contains("uid True True")
            && log.contains("caps [0, 0, 0, 0, 0, 0]")
            && log.contains("new_privs 1")
            && log.contains("mount -1"),
        "{log}"
    );
    assert!(log.contains("mount2 -1"), "{log}");
    if world.fence == FenceChoice::Bubblewrap {
        assert!(log.contains("userns -1"), "no nested user namespace: {log}");
        let log = world.output_of("hostname; ls /sys/class/net 2>/dev/null; cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '; ls -d /proc/[0-9]* | wc -l").await;
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!((lines.first(), lines.get(1)), (Some(&"main1"), Some(&"lo")), "{log}");
        assert!(lines.get(2).and_then(|count| count.parse::<u32>().ok()).is_some_and(|count| count < 10), "{log}");
    }
}

pub(crate) async fn has_a_clean_environment(world: &World) {
    let log = world.output_of("env").await;
    let mut names: Vec<&str> = log.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.retain(|name| !matches!(*name, "PWD" | "SHLVL" | "_" | "OLDPWD"));
    names.sort_unstable();
    let mut expected = vec!["GREETING", "HOME", "LANG", "PATH", "TERM"];
    expected.extend(
        ["CLUSTER_HOST", "CLUSTER_HOSTS", "CLUSTER_IDX", "CLUSTER_REPLICAS", "CLUSTER_ROLE", "CLUSTER_SIZE"].map(
            |name| match name {
                "CLUSTER_HOST" => "BACKENDAI_CLUSTER_HOST",
                "CLUSTER_HOSTS" => "BACKENDAI_CLUSTER_HOSTS",
                "CLUSTER_IDX" => "BACKENDAI_CLUSTER_IDX",
                "CLUSTER_REPLICAS" => "BACKENDAI_CLUSTER_REPLICAS",
                "CLUSTER_ROLE" => "BACKENDAI_CLUSTER_ROLE",
                _ => "BACKENDAI_CLUSTER_SIZE",
            },
        ),
    );
    expected.extend([
        "BACKENDAI_KERNEL_ID",
        "BACKENDAI_KERNEL_IMAGE",
        "BACKENDAI_SESSION_ID",
        "BACKENDAI_SESSION_NAME",
    ]);
    if world.fence == FenceChoice::Landlock && !rustix::process::geteuid().is_root() {
        expected.push("TMPDIR");
    }
    expected.sort_unstable();
    assert_eq!(names, expected, "{log}");
    assert!(log.contains("GREETING=hello there"));
}
