#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| claw_fuzz::target("messages")(data));
