//! Requests and operators that meet: their calls to DynamoDB take effect in every order, replies are lost, attempts come
//! late, and whatever happens is held to the laws that follow from the protocol's promises.

mod cast;
mod four;
mod history;
mod laws;
mod object_laws;
mod run;
mod stage;
mod two;
