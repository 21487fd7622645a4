//! Concurrent requests, operators and sweeps: their calls to DynamoDB take effect in every order, replies are lost, and
//! attempts arrive late. The laws, which follow from the promises of the protocol, must hold in every case.

mod bucket_laws;
mod cast;
mod four;
mod history;
mod indexes;
mod laws;
mod management;
mod object_laws;
mod run;
mod stage;
mod sweeps;
mod tokens;
mod two;
