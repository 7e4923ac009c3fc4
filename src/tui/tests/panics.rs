//! A panic gives the terminal back: this test program runs itself again in a real pseudo-terminal and panics there.

use std::io::Read;

use portable_pty::{CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

use crate::tui::terminal::Window;

/// Set in the program that is to panic.
const CHILD: &str = "CLAW_TEST_PANIC";

/// Only takes the terminal over, and panics, where the other test has started it.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_some() {
        let mut window = Window::open().unwrap();
        window.terminal.draw(|frame| frame.render_widget("the window", frame.area())).unwrap();
        window.terminal.hide_cursor().unwrap();
        // On another thread, as a task's; and nothing but the hook gives the terminal back.
        std::mem::forget(window);
        let _ = std::thread::spawn(|| panic!("provoked")).join();
        #[expect(clippy::disallowed_methods, reason = "as claw's own hook ends it")]
        std::process::exit(1);
    }
}

/// Whether lines are edited and echoed, as a shell leaves them.
fn is_cooked(master: &dyn MasterPty) -> bool {
    let flags = format!("{:?}", master.get_termios().unwrap().local_flags);
    flags.contains("ICANON") && flags.contains("ECHO")
}

#[test]
fn a_panic_leaves_the_terminal_as_it_was() {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = NativePtySystem::default().openpty(size).unwrap();
    assert!(is_cooked(pair.master.as_ref()));
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["tui::tests::panics::child", "--exact", "--nocapture"]);
    command.env("TERM", "xterm-256color");
    command.env("RUST_BACKTRACE", "0");
    command.env(CHILD, "1");
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    // The last of the other ends: what is read then ends with the program.
    drop(pair.slave);
    let mut screen = vt100::Parser::new(24, 80, 0);
    let (mut buffer, mut was_taken) = ([0; 1024], false);
    // A pseudo-terminal whose other end is closed answers with an error.
    while let Ok(n @ 1..) = reader.read(&mut buffer) {
        for byte in &buffer[..n] {
            screen.process(std::slice::from_ref(byte));
            was_taken |= screen.screen().alternate_screen() && screen.screen().contents().contains("the window");
        }
    }
    assert!(!child.wait().unwrap().success());
    let text = screen.screen().contents();
    assert!(was_taken, "the window never opened:\n{text}");
    assert!(!screen.screen().alternate_screen() && !screen.screen().hide_cursor(), "{text}");
    assert!(text.contains("provoked") && !text.contains("the window"), "{text}");
    assert!(is_cooked(pair.master.as_ref()), "keys are no longer echoed");
}
