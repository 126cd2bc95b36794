//! The hash of hash-consing: operations are a few words of our own making, so a multiply and a
//! rotation per word spread them well enough, several times faster than the default hash.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds [`OpHasher`]s.
pub(super) type BuildOpHasher = BuildHasherDefault<OpHasher>;

/// Multiplicative hashing (Knuth, *The Art of Computer Programming* 3, §6.4) word by word.
#[derive(Default)]
pub(super) struct OpHasher(u64);

impl OpHasher {
    fn word(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(23) ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for OpHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.word(u64::from(byte));
        }
    }

    fn write_u8(&mut self, x: u8) {
        self.word(u64::from(x));
    }

    fn write_u32(&mut self, x: u32) {
        self.word(u64::from(x));
    }

    fn write_u64(&mut self, x: u64) {
        self.word(x);
    }

    fn write_isize(&mut self, x: isize) {
        self.word(x as u64);
    }

    fn finish(&self) -> u64 {
        // A product's high bits are its good ones; tables index by the low ones.
        self.0.rotate_left(26)
    }
}
