//! How long callbacks take: counts in buckets of a quarter octave, written by the audio side with one addition.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Octaves from the first bucket's end to the last's begin: 128 ns to 17 s.
const OCTAVES: u32 = 27;
/// Buckets of an octave, as a power of two.
const DIVISION: u32 = 2;
/// Durations below 2 to this many nanoseconds share the first bucket.
const LOWEST: u32 = 7;
const BUCKETS: usize = ((OCTAVES << DIVISION) + 2) as usize;

/// Counts of durations.
#[derive(Debug)]
pub(super) struct Histogram([AtomicU64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; BUCKETS])
    }
}

impl Histogram {
    pub(super) fn count(&self, nanos: u64) {
        self.0[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> CallbackTimes {
        CallbackTimes {
            counts: self
                .0
                .each_ref()
                .map(|count| count.load(Ordering::Relaxed))
                .to_vec(),
        }
    }
}

/// The bucket of a duration: exponent and the first two bits behind it, as floats are ordered.
fn bucket(nanos: u64) -> usize {
    if nanos >> LOWEST == 0 {
        return 0;
    }
    let exponent = nanos.ilog2();
    let part = (nanos >> (exponent - DIVISION)) & ((1 << DIVISION) - 1);
    let index = (u64::from(exponent - LOWEST) << DIVISION | part) + 1;
    (index as usize).min(BUCKETS - 1)
}

/// The end of a bucket in nanoseconds.
fn end(bucket: usize) -> u64 {
    let Some(index) = bucket.checked_sub(1) else {
        return 1 << LOWEST;
    };
    let (octave, part) = (
        index as u32 >> DIVISION,
        index as u64 & ((1 << DIVISION) - 1),
    );
    let step = 1 << (LOWEST + octave - DIVISION);
    (1 << (LOWEST + octave)) + (part + 1) * step
}

/// A snapshot of how long callbacks took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackTimes {
    counts: Vec<u64>,
}

impl CallbackTimes {
    /// How many callbacks.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration that a part of the callbacks (0 to 1) did not exceed, rounded up by at most a fifth; zero when
    /// there were none.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Duration {
        let wanted = (part.clamp(0.0, 1.0) * self.count() as f64).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return Duration::from_nanos(end(bucket));
            }
        }
        Duration::ZERO
    }

    /// Upper ends of the buckets that hold something, with their counts, shortest first.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let counts = self.counts.iter().enumerate();
        counts
            .filter(|(_, count)| **count > 0)
            .map(|(bucket, count)| (Duration::from_nanos(end(bucket)), *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_a_bucket_that_ends_within_a_quarter_above_it() {
        for nanos in (0..10_000).chain([123_456, 9_999_999, 1 << 33]) {
            let end = end(bucket(nanos));
            assert!(end > nanos, "{nanos} in a bucket that ends at {end}");
            let bound = (nanos + nanos / 4 + 1).max(1 << LOWEST);
            assert!(end <= bound, "{nanos} in a bucket that ends at {end}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let histogram = Histogram::default();
        for nanos in 1..=1000 {
            histogram.count(nanos * 1000);
        }
        let times = histogram.read();
        assert_eq!(times.count(), 1000);
        for part in [0.01, 0.5, 0.99, 1.0] {
            let ratio = times.quantile(part).as_secs_f64() / (part * 1e-3);
            assert!((1.0..=1.25).contains(&ratio), "{part}: {ratio}");
        }
        assert_eq!(Histogram::default().read().quantile(0.5), Duration::ZERO);
    }
}
