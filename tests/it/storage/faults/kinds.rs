//! The faults of DynamoDB and of the network.

use pail_testing::Act;

/// A fault of one attempt at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    ProvisionedThroughputExceeded,
    Throttling,
    RequestLimitExceeded,
    InternalError,
    ServiceUnavailable,
    BadGatewayInHtml,
    AnswerThatIsNoJson,
    AnswerCutShort,
    ConnectionRefused,
    ResetBeforeSending,
    ResetAfterCommit,
    TimeoutBeforeCommit,
    TimeoutAfterCommit,
    TransactionInProgress,
    TableMissing,
    AccessDenied,
    /// An empty body, which the SDK reads as `{}`.
    AnswerWithoutBody,
    /// An error of DynamoDB that is cut before its code.
    ErrorCutShort,
    ErrorWithoutBody,
    UnknownClient,
    InvalidRequest,
}

impl Fault {
    pub const ALL: [Self; 21] = [
        Self::ProvisionedThroughputExceeded,
        Self::Throttling,
        Self::RequestLimitExceeded,
        Self::InternalError,
        Self::ServiceUnavailable,
        Self::BadGatewayInHtml,
        Self::AnswerThatIsNoJson,
        Self::AnswerCutShort,
        Self::ConnectionRefused,
        Self::ResetBeforeSending,
        Self::ResetAfterCommit,
        Self::TimeoutBeforeCommit,
        Self::TimeoutAfterCommit,
        Self::TransactionInProgress,
        Self::TableMissing,
        Self::AccessDenied,
        Self::AnswerWithoutBody,
        Self::ErrorCutShort,
        Self::ErrorWithoutBody,
        Self::UnknownClient,
        Self::InvalidRequest,
    ];

    /// Whether the installation is at fault, so that another attempt would not help.
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::TableMissing | Self::AccessDenied | Self::UnknownClient | Self::InvalidRequest)
    }

    /// Whether the call takes effect.
    pub fn lets_land(self) -> bool {
        match self.act() {
            Act::LoseReply | Act::HangAfter | Act::Alter(_) => true,
            Act::Answer(..) | Act::Refuse | Act::Cut | Act::Hang => false,
            Act::Pass | Act::After(_) | Act::LoseReplyAfter(_) | Act::Hold => unreachable!("no fault does that"),
        }
    }

    /// What the wire does. The call has taken effect behind unusable replies, which is the worse case.
    pub fn act(self) -> Act {
        match self {
            Self::ProvisionedThroughputExceeded => Act::error("ProvisionedThroughputExceededException"),
            Self::Throttling => Act::error("ThrottlingException"),
            Self::RequestLimitExceeded => Act::error("RequestLimitExceeded"),
            Self::InternalError => Act::error("InternalServerError"),
            Self::ServiceUnavailable => Act::error("ServiceUnavailable"),
            Self::BadGatewayInHtml => replaced(502, "<html><h1>502 Bad Gateway</h1></html>"),
            Self::AnswerThatIsNoJson => replaced(200, "<html>"),
            Self::AnswerCutShort => Act::alter(|_, reply| (200, first_half(&reply.to_string()))),
            Self::ConnectionRefused => Act::Refuse,
            Self::ResetBeforeSending => Act::Cut,
            Self::ResetAfterCommit => Act::LoseReply,
            Self::TimeoutBeforeCommit => Act::Hang,
            Self::TimeoutAfterCommit => Act::HangAfter,
            Self::TransactionInProgress => Act::error("TransactionInProgressException"),
            Self::TableMissing => Act::error("ResourceNotFoundException"),
            Self::AccessDenied => Act::error("AccessDeniedException"),
            Self::AnswerWithoutBody => replaced(200, ""),
            Self::ErrorCutShort => replaced(400, r#"{"__type":"com.amazonaws.dynamodb.v2012"#),
            Self::ErrorWithoutBody => replaced(500, ""),
            Self::UnknownClient => Act::error("UnrecognizedClientException"),
            Self::InvalidRequest => Act::error("ValidationException"),
        }
    }
}

fn replaced(status: u16, text: &'static str) -> Act {
    Act::alter(move |_, _| (status, text.to_owned()))
}

/// A reply that is cut. `{}` loses its last character.
fn first_half(text: &str) -> String {
    text.chars().take(text.chars().count() / 2).collect()
}
