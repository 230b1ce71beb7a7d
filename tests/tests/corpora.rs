//! Tries every input that the fuzzers keep (`fuzz/corpus`), so that what was found once is tried for ever.

use std::fs;

use proxykit_tests::fuzz::TARGETS;

#[test]
fn what_was_kept_goes_well() {
    let mut failed = Vec::new();
    let corpus = proxykit_tests::root().join("fuzz/corpus");
    for (name, run) in TARGETS {
        let files: Vec<_> =
            fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() >= 10, "{name} has {} inputs", files.len());
        for file in files {
            let data = fs::read(&file).unwrap();
            if std::panic::catch_unwind(|| run(&data)).is_err() {
                failed.push(file);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
