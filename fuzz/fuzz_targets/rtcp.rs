#![no_main]

use std::panic;
use std::sync::Once;

static HOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // A panic of the WebRTC engine ends one connection of who has caused it, as in the box, and what else must hold is
    // asserted all the same. libFuzzer's own hook ends the process for it; a panic that nobody contains still does.
    HOOK.call_once(|| panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
    wizyjno_fuzz::rtcp(bytes);
});
