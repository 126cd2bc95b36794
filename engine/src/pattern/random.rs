//! Repeatable random decisions.
//!
//! `thin`, `sometimes` and `rand` decide by hashing who asks and when; there is no generator state, so a query of any
//! span, in any order, live or offline, gives the same answers. Invariant: equal keys give equal numbers, and keys
//! that differ in one part are as good as independent.

/// A hash of everything a decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Key {
    /// Starts from a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// Adds one part; the order of parts matters.
    pub(super) const fn with(self, part: u64) -> Self {
        Self(mix(self.0 ^ mix(part.wrapping_add(INCREMENT))))
    }

    /// All 64 bits, to be stored and added to another key.
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// A number in `[0, 1)` with 53 random bits.
    pub(super) fn unit(self) -> f64 {
        (mix(self.0) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

/// The golden-ratio increment of `SplitMix64`.
const INCREMENT: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of `SplitMix64` (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators",
/// with the constants of Stafford's variant 13): a bijection of 64 bits with full avalanche.
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(INCREMENT);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
