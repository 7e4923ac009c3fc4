//! Over a real sshd.

use tokio_util::sync::CancellationToken;

use super::{Told, channel, ways::over_ssh};
use crate::{ops::event::Stream, remote::tests::sshd::Sshd};

/// All that was told of one stream.
fn heard(told: &[Told], wanted: Stream) -> Vec<String> {
    let lines = told.iter().filter_map(|told| match told {
        Told::Said { stream, lines, .. } if *stream == wanted => Some(lines),
        _ => None,
    });
    lines.flatten().map(|line| line.text.clone()).collect()
}

#[tokio::test]
async fn an_interrupt_tells_what_had_come_also_of_a_line_without_end() {
    let Some(sshd) = Sshd::start() else { return };
    let (tell, mut told) = channel();
    let (cancel, remote, target) = (CancellationToken::new(), sshd.remote(), sshd.target());
    let command = "printf 'one\\ntw'; printf oops >&2; echo now >&2; exec sleep 600";
    let listen = async {
        let mut all = Vec::new();
        while let Some(more) = told.recv().await {
            all.push(more);
            if !heard(&all, Stream::Stdout).is_empty() && !heard(&all, Stream::Stderr).is_empty() {
                cancel.cancel();
            }
        }
        all
    };
    let work = async {
        let tell = tell;
        over_ssh(&remote, &target, "test", command, &cancel, &tell).await
    };
    let (code, all) = tokio::join!(work, listen);
    assert!(code.is_none());
    assert_eq!(heard(&all, Stream::Stdout), ["one", "tw"]);
    assert_eq!(heard(&all, Stream::Stderr), ["oopsnow"]);
}

#[tokio::test]
async fn ten_mebibytes_come_whole_and_apart() {
    let Some(sshd) = Sshd::start() else { return };
    let (tell, mut told) = channel();
    let (cancel, remote, target) = (CancellationToken::new(), sshd.remote(), sshd.target());
    let command = "seq 1 1500000; seq 1 1000 >&2; exit 3";
    let work = async {
        let tell = tell;
        over_ssh(&remote, &target, "test", command, &cancel, &tell).await
    };
    let listen = async {
        let mut counted = [0_u32, 0];
        while let Some(Told::Said { stream, lines, .. }) = told.recv().await {
            for line in lines {
                let count = &mut counted[usize::from(stream == Stream::Stderr)];
                *count += 1;
                assert_eq!(line.text.parse(), Ok(*count));
            }
        }
        counted
    };
    let (code, counted) = tokio::join!(work, listen);
    assert_eq!((code.unwrap().unwrap(), counted), (3, [1_500_000, 1000]));
}
