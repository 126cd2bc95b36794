//! The patches that are measured: files of `benches/patches/`, function `patch`.

use std::path::Path;
use std::rc::Rc;

use synthc_ir::Signal;
use synthc_lang::krs::{self, Places};
use synthc_lang::{Definition, Host, Interpreter, Limits, SourceFile, Span, Value};

/// A patch as signals.
pub(crate) struct Patch {
    pub(crate) name: String,
    pub(crate) inputs: u32,
    pub(crate) outputs: Vec<Signal>,
}

/// All patches, by name.
pub(crate) fn load() -> Result<Vec<Patch>, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patches");
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    files.iter().map(|file| evaluate(file)).collect()
}

fn evaluate(file: &Path) -> Result<Patch, Box<dyn std::error::Error>> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = std::fs::read_to_string(file)?;
    let places = Rc::new(Places::default());
    let module = krs::module(&places);
    let host = Host::new().global("krs", Value::Module(module));
    let source = SourceFile::new(&*name, text);
    let mut interpreter =
        Interpreter::new(source, &host, Limits::default()).map_err(|e| e.message().to_owned())?;
    let outcome = interpreter.run().map_err(|e| e.message().to_owned())?;
    let function = outcome
        .global("patch")
        .ok_or_else(|| format!("{name} defines no function `patch`"))?
        .clone();
    let definition = interpreter
        .with_context(Span::default(), |cx| Definition::of(cx, &function, &places))
        .map_err(|e| e.message().to_owned())?;
    Ok(Patch {
        name: name.into_owned(),
        inputs: u32::try_from(definition.parameters.len())?,
        outputs: definition.outputs,
    })
}
