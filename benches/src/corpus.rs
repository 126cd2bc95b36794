//! The patches that are measured: files of `benches/patches/`.
//!
//! A file that makes nodes is measured node by node with their voices; any other gives its functions
//! `patch` (named after the file) and `patch_X` (named after the file and `X`).

use std::error::Error;
use std::path::{Path, PathBuf};

use synthc_lang::{Limits, Patch, SourceFile};
use synthc_measure::Subject;

/// The folder of the corpus.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("patches")
}

/// All subjects whose name contains one of `filters` (all, when there are none), by name.
pub(crate) fn load(filters: &[String]) -> Result<Vec<Subject>, Box<dyn Error>> {
    let mut files: Vec<_> = std::fs::read_dir(folder())?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "py"));
    files.sort();
    let mut all = Vec::new();
    for file in &files {
        let subjects = subjects(file).map_err(|e| format!("{}: {e}", file.display()))?;
        all.extend(subjects);
    }
    all.retain(|s| filters.is_empty() || filters.iter().any(|f| s.name.contains(f)));
    if all.is_empty() {
        return Err(format!("no patch has {} in its name", filters.join(" or ")).into());
    }
    Ok(all)
}

fn subjects(file: &Path) -> Result<Vec<Subject>, Box<dyn Error>> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    of_text(&stem, std::fs::read_to_string(file)?)
}

/// The subjects of a patch's text.
pub(crate) fn of_text(stem: &str, text: String) -> Result<Vec<Subject>, Box<dyn Error>> {
    let source = SourceFile::new(stem, text);
    let patch = Patch::load(source, Limits::default()).map_err(|e| e.to_string())?;
    let mut all: Vec<Subject> = patch
        .session()
        .nodes()
        .map(|(name, node)| Subject {
            name: name.to_string(),
            inputs: node.definition().inputs(),
            outputs: node.definition().outputs().to_vec(),
            voices: node.count() as usize,
        })
        .collect();
    if !all.is_empty() {
        return Ok(all);
    }
    for name in patch.functions() {
        let Some(rest) = name.strip_prefix("patch") else {
            continue;
        };
        let function = patch.definition(name).map_err(|e| e.to_string())?;
        all.push(Subject {
            name: format!("{stem}{rest}"),
            inputs: u32::try_from(function.inputs.len())?,
            outputs: function.outputs,
            voices: 1,
        });
    }
    Ok(all)
}
