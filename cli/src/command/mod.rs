//! One module per subcommand.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod inspect;
#[cfg(feature = "device")]
pub(crate) mod play;
pub(crate) mod render;
