//! One module per subcommand.

pub(crate) mod bench;
pub(crate) mod check;
#[cfg(feature = "device")]
pub(crate) mod devices;
pub(crate) mod inspect;
#[cfg(feature = "device")]
pub(crate) mod play;
pub(crate) mod render;
pub(crate) mod replay;
