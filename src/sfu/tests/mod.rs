//! Little plays in virtual time: browsers (of the same engine) on links that lose, delay, reorder and
//! choke, and the relay between them.

mod guest;
mod links;
mod nonsense;
mod pairs;
mod play;
mod rooms;
mod tracks;
