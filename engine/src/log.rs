//! What was adopted and when, and which events were sent: enough to play a session again, bit for bit.

use crate::event::Event;
use crate::swap::Adoption;

/// A record of a running engine, in the order in which things were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Plans taken over, with the frames of the 64-frame grid at which they were.
    pub adoptions: Vec<Adoption>,
    /// Events with their frames.
    pub events: Vec<Event>,
}
