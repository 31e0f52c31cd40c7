//! Embeds what the browser needs: our own files, and what npm brings. Without npm or network the build
//! succeeds all the same, and the program says what is missing.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
/// Name, type, place below `node_modules`.
const FROM_NPM: [(&str, &str, &str); 6] = [
    ("htmx.js", JAVASCRIPT, "htmx.org/dist/htmx.min.js"),
    ("uplot.js", JAVASCRIPT, "uplot/dist/uPlot.iife.min.js"),
    ("uplot.css", STYLE, "uplot/dist/uPlot.min.css"),
    ("xterm.js", JAVASCRIPT, "@xterm/xterm/lib/xterm.js"),
    ("xterm.css", STYLE, "@xterm/xterm/css/xterm.css"),
    ("addon-fit.js", JAVASCRIPT, "@xterm/addon-fit/lib/addon-fit.js"),
];
const OURS: [(&str, &str); 11] = [
    ("console.css", STYLE),
    ("detail.js", JAVASCRIPT),
    ("icon.svg", "image/svg+xml"),
    ("list.js", JAVASCRIPT),
    ("stream.js", JAVASCRIPT),
    ("live.js", JAVASCRIPT),
    ("logs.js", JAVASCRIPT),
    ("page.js", JAVASCRIPT),
    ("terminal.css", STYLE),
    ("terminal.js", JAVASCRIPT),
    ("worker.js", JAVASCRIPT),
];
const LOCKED: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

fn main() -> Result<(), Box<dyn Error>> {
    let web = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("web");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    for name in OURS.iter().map(|(name, _)| *name).chain(LOCKED) {
        println!("cargo::rerun-if-changed={}", web.join(name).display());
    }
    let mut list = String::new();
    for (name, kind) in OURS {
        embed(&mut list, &out, name, kind, &fs::read(web.join(name))?)?;
    }
    let missing = match install(&web, &out) {
        Ok(modules) => {
            for (name, kind, place) in FROM_NPM {
                // Maps are not shipped, so nothing may point at them.
                let text = fs::read_to_string(modules.join(place))?;
                let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("//# sourceMappingURL=")).collect();
                embed(&mut list, &out, name, kind, text.join("\n").as_bytes())?;
            }
            None
        }
        Err(reason) => {
            println!("cargo::warning=the console will be without htmx, xterm.js and uPlot: {reason}");
            // Looked for again by each build until it is there.
            println!("cargo::rerun-if-changed={}", out.join("nothing").display());
            Some(reason)
        }
    };
    let text = format!(
        "/// All of them.\npub(crate) static ASSETS: &[Asset] = &[{list}];\n\n/// Why some are missing.\npub(crate) const MISSING: Option<&str> = {missing:?};\n"
    );
    fs::write(out.join("embedded.rs"), text)?;
    Ok(())
}

/// Installs what the lock names, beside everything else that is built.
fn install(web: &Path, out: &Path) -> Result<PathBuf, String> {
    let place = out.join("npm");
    let failed = |error: std::io::Error| format!("npm could not be prepared: {error}");
    fs::create_dir_all(&place).map_err(failed)?;
    for name in LOCKED {
        fs::copy(web.join(name), place.join(name)).map_err(failed)?;
    }
    let ran = Command::new("npm").args(["ci", "--ignore-scripts", "--no-progress"]).current_dir(&place).output();
    let ran =
        ran.map_err(|error| format!("npm is not to be run ({error}); install Node.js with npm and build again"))?;
    if ran.status.success() {
        return Ok(place.join("node_modules"));
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("`npm ci` failed ({said}); it needs the npm registry; build again"))
}

fn embed(list: &mut String, out: &Path, name: &str, kind: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let digest = Sha256::digest(bytes);
    let mut hash = String::new();
    for byte in digest.iter().take(8) {
        write!(hash, "{byte:02x}")?;
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let hashed = format!("{stem}-{hash}.{extension}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    let (plain, packed_file) = (out.join(name), out.join(format!("{name}.gz")));
    fs::write(&plain, bytes)?;
    fs::write(&packed_file, packed.finish()?)?;
    write!(
        list,
        "Asset {{ name: {name:?}, hashed: {hashed:?}, kind: {kind:?}, plain: include_bytes!({plain:?}), packed: include_bytes!({packed_file:?}) }},"
    )?;
    Ok(())
}
