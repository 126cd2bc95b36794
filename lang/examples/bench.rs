//! Scratch.
use synthc_lang::*;
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut v: Vec<_> = (0..200)
            .map(|_| {
                let t = std::time::Instant::now();
                let p = Patch::load(SourceFile::new(path.as_str(), &text), Limits::default());
                let e = t.elapsed();
                drop(p);
                e
            })
            .collect();
        v.sort();
        println!(
            "{path} first-sorted min {:?} median {:?} p95 {:?}",
            v[0], v[100], v[190]
        );
    }
    if true {
        return;
    }

    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let t = std::time::Instant::now();
        let result = Patch::load(SourceFile::new(path.as_str(), text), Limits::default());
        println!("== {path} {:?}", t.elapsed());
        match result {
            Ok(patch) => {
                for w in patch.warnings() {
                    println!("{w}");
                }
                print!("{}", patch.output());
                let s = patch.session();
                println!(
                    "tempo {} nodes {:?}",
                    s.tempo(),
                    s.nodes()
                        .map(|(n, x)| (n.clone(), x.count(), x.gain()))
                        .collect::<Vec<_>>()
                );
                for r in s.routes() {
                    println!("  {} -> {} {}", r.from, r.to, r.level);
                }
                for (t, slot) in s.slots() {
                    println!("  {t}: {}", slot.pattern());
                }
                for (t, a) in s.automations() {
                    println!("  {t}: {a:?}");
                }
                for f in patch.functions() {
                    match patch.definition(f) {
                        Ok(d) => {
                            println!("  fn {} in {:?} out {}", d.name, d.inputs, d.outputs.len())
                        }
                        Err(e) => println!("{e}"),
                    }
                }
            }
            Err(e) => println!("{e}"),
        }
    }
}
