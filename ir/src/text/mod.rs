//! The text form of a graph: exact, and pleasant to read. `synthc inspect --emit ir` prints it,
//! and the tests of the passes are written in it.
//!
//! ```text
//! graph f32 48000 inputs 1 {
//!   control c0 "cutoff" init 1000.0 from 20.0 to 20000.0 step 0.001
//!   register r0 "memory" float 0.0 next %3
//!   %0 = input 0
//!   %1 = register r0                  ; filter.krs:4:9
//!   %2 = float 0.5
//!   %3 = fma %1 %2 %0                 ; filter.krs:4:13 in kick > body
//!   output %3
//! }
//! ```
//!
//! State is declared first, in the order of its ids; then nodes, operands before users; then the
//! outputs. A comment reaches from `;` to the end of its line; one of the form `file:line:column`,
//! with the calls that led there, is the site of the statement it follows. Reading what was
//! printed gives the very same graph: ids, order, bits of floats and sites included. (A unit of an
//! extern is known by its name only: [`Graph::parse_with`](crate::Graph::parse_with) asks for it.)

mod error;
mod operation;
mod parse;
mod print;
mod site;
#[cfg(test)]
mod tests;
mod token;

pub use error::ParseError;
