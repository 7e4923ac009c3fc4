//! What can go wrong with a request or an operation.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// 429 in ARM's shape.
    ArmThrottled,
    /// 429 in compute's shape (no `error` envelope).
    ComputeThrottled,
    /// 403 in ARM's shape.
    Forbidden,
    /// 500, and nothing was done.
    ServerError,
    /// 500, and all was done.
    ServerErrorAfter,
    /// 502 with a page of HTML, as a gateway in front answers.
    BadGateway,
    /// 503.
    Unavailable,
    /// The connection is cut before an answer, and nothing was done.
    Drop,
    /// The same, and all was done.
    DropAfter,
    /// No answer ever, and nothing was done.
    Hang,
    /// No answer ever, and all was done.
    HangAfter,
    /// The connection is cut in the middle of the answer's body.
    Torn,
    /// The answer ends early, as if it were whole.
    Truncated,
    /// The answer is no JSON.
    Malformed,
    /// 200 with a page of HTML, as a captive portal answers; nothing was done.
    WrongType,
    /// 401: the token is no longer good.
    ExpiredToken,
    /// The poll of an operation finds none (404).
    Vanished,
    /// 409 to what needs cores.
    QuotaExceeded,
    /// 409 to what needs a size.
    SkuNotAvailable,
    /// VM operations end in `AllocationFailed` at the poll; a fault on a deployment hits its VM.
    AllocationFailed,
    /// An operation's poll says that it failed, though all was done.
    OperationFailed,
    /// Somebody else's SSH server answers in a machine's place: another host key, and everybody is welcome.
    WrongHostKey,
    /// A machine's port 22 is shut.
    SshReset,
    /// Whoever answers there takes what comes and never says a word.
    SshHang,
    /// Whoever answers there speaks no SSH, and has no end.
    SshFlood,
    /// The machine answers, and the connection is cut in the middle.
    SshCut,
    /// The machine answers, and the connection goes quiet in the middle.
    SshStall,
}

impl FaultKind {
    pub const ALL: [Self; 27] = [
        Self::ArmThrottled,
        Self::ComputeThrottled,
        Self::Forbidden,
        Self::ServerError,
        Self::ServerErrorAfter,
        Self::BadGateway,
        Self::Unavailable,
        Self::Drop,
        Self::DropAfter,
        Self::Hang,
        Self::HangAfter,
        Self::Torn,
        Self::Truncated,
        Self::Malformed,
        Self::WrongType,
        Self::ExpiredToken,
        Self::Vanished,
        Self::QuotaExceeded,
        Self::SkuNotAvailable,
        Self::AllocationFailed,
        Self::OperationFailed,
        Self::WrongHostKey,
        Self::SshReset,
        Self::SshHang,
        Self::SshFlood,
        Self::SshCut,
        Self::SshStall,
    ];

    /// Whether it strikes an operation rather than the request that starts it.
    pub fn is_of_operation(self) -> bool {
        matches!(self, Self::AllocationFailed | Self::OperationFailed)
    }

    /// Whether a request, given as `METHOD host path`, could meet it.
    pub fn can_hit(self, line: &str) -> bool {
        let line = line.to_ascii_lowercase();
        if line.starts_with("connect ") || self.is_of_ssh() {
            return line.starts_with("connect ") && self.is_of_ssh();
        }
        match self {
            Self::Vanished => {
                ["/operations/", "/operationresults/", "/operationstatuses/"].iter().any(|p| line.contains(p))
            }
            Self::QuotaExceeded | Self::SkuNotAvailable => {
                let makes = line.starts_with("put ") && line.contains("/microsoft.resources/deployments/claw-");
                makes || line.starts_with("post ") && line.ends_with("/start")
            }
            _ => true,
        }
    }

    /// Whether it strikes connections to a machine's port 22, and nothing else does.
    fn is_of_ssh(self) -> bool {
        matches!(
            self,
            Self::WrongHostKey | Self::SshReset | Self::SshHang | Self::SshFlood | Self::SshCut | Self::SshStall
        )
    }

    /// Whether few requests could meet it: where one does, it is drawn as often as all that can hit anything.
    pub fn is_of_few(self) -> bool {
        matches!(self, Self::Vanished | Self::QuotaExceeded | Self::SkuNotAvailable)
    }
}
