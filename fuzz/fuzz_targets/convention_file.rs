//! Any text as a convention's file: it reads, or one line says where it does not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook::server::convention;

fuzz_target!(|text: &str| {
    if let Err(said) = convention::parse(text) {
        assert!(!said.contains('\n') && !said.is_empty());
    }
});
