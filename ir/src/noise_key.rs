//! Keys of noise sources: every source of every instance has a stream of its own.

/// The 64-bit key of a noise source: a mix of the instance's seed and the source's ordinal in
/// its graph. Uses the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable
/// pseudorandom number generators", fig. 15) twice, so that neighbouring seeds and ordinals give
/// unrelated keys.
#[must_use]
pub const fn noise_key(seed: u64, ordinal: u32) -> u64 {
    mix(mix(seed) ^ (ordinal as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

const fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
