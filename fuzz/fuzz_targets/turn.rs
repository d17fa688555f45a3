#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wizyjno_fuzz::turn(bytes));
