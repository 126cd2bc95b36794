//! Newtype ids: an index into one table of one graph. Their `Display` is the name in the text form.

use std::fmt;

macro_rules! entity {
    ($($(#[$doc:meta])* $name:ident($prefix:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $name {
            /// The id of an index.
            ///
            /// # Panics
            /// Beyond `u32::MAX`: no table grows that large before memory ends.
            #[must_use]
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("a table of fewer than 2^32 entries"))
            }

            /// The index in its table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

entity! {
    /// A node.
    NodeId("%");
    /// A control.
    ControlId("c");
    /// A register.
    RegisterId("r");
    /// A delay line.
    LineId("d");
    /// A table.
    TableId("t");
    /// An extern.
    ExternId("x");
}
