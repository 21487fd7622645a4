//! The messages of refusals: what was wrong, and what would be right, in one sentence without a per cent sign.

use std::borrow::Cow;

use crate::model::rights::{Right, There};
use crate::operation::{Advice, Need};

/// How the index is declared that would serve a query.
pub fn index_to_declare(advice: &Advice) -> String {
    let Advice { path, fields } = advice;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ",_.-".contains(character);
    let fields =
        if fields.chars().all(is_plain) { fields.clone() } else { format!("'{}'", fields.replace('\'', r"'\''")) };
    format!(
        "the operator can declare an index for it with `pail index create --app {} --scope {} --bucket {} --fields {fields}`",
        path.scope.app,
        path.scope.owner.kind().name(),
        path.bucket,
    )
}

/// What the caller lacks. For an object that the request names, the sentence is the same whether the object exists or not.
pub fn lacking(needs: Need, principal: &str) -> String {
    let what = match needs {
        Need::Administrator => {
            return "Only the app's administrator may ask a query to explain itself.".to_owned();
        }
        Need::User => return "The path says users/me, and only a user's token says which user that is.".to_owned(),
        Need::Right(Right::CreateObject, There::Nothing) => {
            "The bucket does not exist, and the ACL of the scope does not grant CREATE_NEW_BUCKET"
        }
        Need::Right(Right::CreateObject, There::Bucket | There::Object) => {
            "The ACL of the bucket does not grant CREATE_OBJECTS_IN_BUCKET"
        }
        Need::Right(Right::ReadObject, _) => {
            "The ACL of the object does not grant READ_EXISTING_OBJECT, nor that of the bucket READ_OBJECTS_IN_BUCKET,"
        }
        Need::Right(Right::WriteObject, _) => "The ACL of the object does not grant WRITE_EXISTING_OBJECT",
        Need::Right(Right::ManageObject, _) => {
            "The ACL of an object is open only to the administrator, to whoever created the object, and to the user or thing \
             whose scope it is; it is not open"
        }
        Need::Right(Right::MakeBucket, _) => "The ACL of the scope does not grant CREATE_NEW_BUCKET",
        Need::Right(Right::QueryBucket, _) => "The ACL of the bucket does not grant QUERY_OBJECTS_IN_BUCKET",
        Need::Right(Right::ReadBucket, _) => "The ACL of the bucket does not grant READ_OBJECTS_IN_BUCKET",
        Need::Right(Right::SeeBucket, _) => "The ACL of the bucket grants no verb",
        Need::Right(Right::DropBucket, _) => "The ACL of the bucket does not grant DROP_BUCKET_WITH_ALL_CONTENT",
        Need::Right(Right::ManageBucket | Right::GrantOnBucket, _) => {
            "The ACL of a bucket is open only to the administrator, to the user or thing whose scope it is and, in the scope of a \
             group, to whoever made the bucket; it is not open"
        }
        Need::Right(Right::ManageScope | Right::ListBuckets, _) => {
            "The ACL of a scope and the list of its buckets are open only to the administrator, and to the user or thing whose \
             scope it is; they are not open"
        }
        Need::Right(Right::PutObject, _) => {
            "No ACL grants WRITE_EXISTING_OBJECT on an object of this ID, nor the right to create it \
             (CREATE_OBJECTS_IN_BUCKET, or CREATE_NEW_BUCKET where there is no bucket),"
        }
    };
    format!("{what} to the caller, {principal}.")
}

pub const UNKNOWN_EVENT: &str = "The event is none of an HTTP API (payload format 2.0), a function URL or a REST API.";

/// About a member of an event, a JSON pointer.
pub fn wrong_member(pointer: &'static str) -> Cow<'static, str> {
    let name = pointer.trim_start_matches('/').replace('/', ".");
    format!("The event cannot be read: its member {name} is missing, or has another type than gateways give it.").into()
}

pub const NO_SUCH_PATH: &str = "No resource has this path; an object is \
                            /api/apps/{appID}/buckets/{bucketID}/objects/{objectID}, with users/{userID}, \
                            groups/{groupID} or things/{thingID} before buckets in their scopes, a collection ends \
                            with objects, the queries of a bucket with query, a list of buckets with buckets, and an ACL with acl, acl/{verb} or \
                            acl/{verb}/{subject}, without a slash at its end or two in a row.";
pub const INVALID_BUCKET: &str = "The bucket ID is not valid: it is 2 to 64 of A-Z a-z 0-9 _ -, does not start with _ and is \
                              not users, devices, installations, internal or things.";
pub const INVALID_BUCKET_TYPE: &str =
    "The bucket's type is not supported: only rw: and default: may stand before a bucket ID, and a bucketType is rw.";
pub const INVALID_DATA_TYPE: &str = "The Content-Type is not valid: it is application/json or \
                                 application/vnd.{appID}.{dataType}+json of this app, in UTF-8; a \
                                 PATCH can also be application/merge-patch+json or text/plain, and a query is \
                                 application/vnd.kii.QueryRequest+json or application/json.";
pub const TOO_LARGE: &str =
    "The object is too large: without white space and members that begin with _, it has at most 65534 characters.";
pub const SENT_TOO_LARGE: &str = "The body is too large: as sent, it has at most 131068 characters.";
pub const ENCODED_BODY: &str = "The body is encoded, and only identity is supported as its Content-Encoding.";
pub const OBJECT_NOT_FOUND: &str = "There is no object with this ID in the bucket.";
pub const BUCKET_NOT_FOUND: &str = "There is no bucket with this ID; it is made with its first object.";
pub const STALE: &str = "The object has another version than If-Match names; read it again, and repeat the change on what it is \
                     now.";
pub const OBJECT_EXISTS: &str = "An object with this ID exists, and If-None-Match says that there has to be none.";
pub const BUCKET_EXISTS: &str = "A bucket with this ID exists.";
pub const NOT_GRANTED: &str = "The ACL does not have this entry.";
pub const GRANTED: &str = "The ACL has this entry already.";
pub const STALE_ACL: &str =
    "The ACL is not the one that If-Match names; read it again, and repeat the change on what it is now.";
pub const OWN_ENTRY: &str =
    "The user or thing whose scope it is cannot take away an entry of its own on a bucket; an administrator can.";
/// What a pagination key is.
pub const PAGINATION_KEY: &str = "it is the nextPaginationKey of an earlier page of the same query";
pub const WALK_ENDED: &str = "The index that the earlier pages came from is gone or serves the query no longer; begin again \
                          without paginationKey.";
pub const QUERY_TOO_LARGE: &str = "The body is too large: a query has at most 65534 characters.";
pub const QUERY_TIMEOUT: &str = "The query took too long; ask for less, or try again.";
pub const ACL_TOO_LARGE: &str = "The body is too large: an ACL has at most 262144 bytes.";
pub const UNAUTHENTICATED: &str = "Valid credentials of this app are needed: Authorization with Basic and the Base64 of \
                               appID:appKey, or with Bearer and a token, or else X-Kii-AppID and X-Kii-AppKey.";
pub const WRONG_TOKEN: &str = "The token is not valid for this app: it has to be a current JSON Web Token, signed by an \
                           issuer that the app trusts and made out to its audience, or a token that was issued here and has \
                           not been revoked.";
pub const APP_NOT_FOUND: &str = "There is no app with this ID here; check the ID and the site URL.";
pub const APP_DISABLED: &str = "The app is disabled; its operator can enable it.";
pub const KEY_REUSED: &str = "The Idempotency-Key was used for another request: send that request's body and content type \
                          again, or use a new key.";
pub const UNKNOWN_OUTCOME: &str = "The storage could not answer in time, and the change may or may not have taken effect; \
                               try again, with the same Idempotency-Key if the request had one.";
pub const NOTHING_CHANGED: &str = "The storage could not answer in time, and nothing was changed; try again.";
pub const FAULT: &str =
    "The request failed through a fault of the service; its operator finds more under the request ID.";
