//! What the engine is told to run, from the stored rows. The engine itself adds the variables of
//! `session-lifecycle.md` §6; the owner's key and e-mail are not among what it is told.

use rollcall_model::dotfile::{self, Dotfile};
use rollcall_model::session::{Kernel, Session, SessionType};
use rollcall_runtime::{Cluster, HomeFile, KernelSpec};
use serde_json::Value;

use crate::admission::script;

/// The specification of one kernel of `session`, with files for a home that is new.
pub(crate) fn kernel(session: &Session, kernels: &[Kernel], kernel: &Kernel, files: &[Dotfile]) -> KernelSpec {
    let main = kernel.id == session.id.main_kernel();
    let command = session.startup_command.clone();
    KernelSpec {
        kernel: kernel.id,
        session: session.id,
        session_name: session.name.clone(),
        generation: kernel.generation,
        image: kernel.image.clone(),
        hostname: kernel.cluster_hostname.clone(),
        cluster: Cluster {
            role: kernel.cluster_role.clone(),
            idx: kernel.cluster_idx,
            hosts: kernels.iter().map(|kernel| kernel.cluster_hostname.clone()).collect(),
        },
        cpu: kernel.occupied_slots.cpu(),
        mem_bytes: kernel.occupied_slots.mem(),
        shmem_bytes: kernel.resource_opts.get("shmem").and_then(Value::as_i64).unwrap_or(0),
        environ: session.environ.clone(),
        startup_command: command.filter(|_| main && session.session_type == SessionType::Batch),
        // Admission has read it once already.
        bootstrap_script: session.bootstrap_script.as_deref().and_then(script::decode),
        files: files.iter().filter_map(file).collect(),
    }
}

/// What was stored was checked; a permission that cannot be read leaves its file out.
fn file(file: &Dotfile) -> Option<HomeFile> {
    let mode = dotfile::mode(&file.permission)?;
    Some(HomeFile { path: file.path.clone(), content: file.content.clone(), mode })
}
