//! Every kind of edit, while it plays: what is sounding goes on sounding.
//!
//! The rule (design §7): within 20 ms of an edit the second difference of the sound is at most twice the larger maximum
//! of both renders that nothing interrupts. Edits that mean nothing change no bit.

mod edits;
mod levels;
mod notes;
mod outputs;
mod rig;
