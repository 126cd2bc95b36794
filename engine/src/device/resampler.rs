//! Band-limited interpolation at a rate that may change from frame to frame.
//!
//! Windowed sinc from a table of fractions, linear between them (J. O. Smith and P. Gossett, "A flexible sampling-rate
//! conversion method", ICASSP 1984), with Kaiser's window (J. F. Kaiser, "Nonrecursive digital filter design using the
//! I₀-sinh window function", 1974). At an unchanged rate the fraction stays 0, whose row is one exact 1.

/// Left and right.
pub(super) const SIDES: usize = 2;

/// Frames that one output frame is made of, for a rate that is not lowered.
const TAPS: usize = 32;
/// Rows of the table between two frames.
const FRACTIONS: usize = 512;
/// Kaiser's β: side lobes about 90 dB down.
const BETA: f64 = 9.0;
/// Part of the band that is kept when the rate changes, so that the transition does not fold back.
const BAND: f64 = 0.92;

/// Rows of taps, and the frames they meet.
#[derive(Debug)]
pub(super) struct Resampler {
    taps: usize,
    /// `FRACTIONS + 1` rows of `taps` coefficients: the last is the first, one frame later.
    table: Vec<f64>,
    /// The last `taps` frames twice over, so that a window never wraps.
    history: Vec<[f64; SIDES]>,
    /// Where the next frame goes.
    next: usize,
    /// Where between two frames the next output lies.
    fraction: f64,
}

impl Resampler {
    /// For about `ratio` frames in for each frame out. Allocates.
    pub(super) fn new(ratio: f64) -> Self {
        let stretch = ratio.max(1.0);
        let band = if ratio == 1.0 { 1.0 } else { BAND / stretch };
        let taps = (TAPS as f64 * stretch.min(8.0)).ceil() as usize;
        let half = taps as f64 / 2.0;
        let mut table = Vec::with_capacity((FRACTIONS + 1) * taps);
        for row in 0..=FRACTIONS {
            let fraction = row as f64 / FRACTIONS as f64;
            for tap in 0..taps {
                // The newest frame is the last tap; the output lies `fraction` after the frame before the middle.
                let x = tap as f64 - (half - 1.0) - fraction;
                table.push(band * sinc(band * x) * kaiser(x / half));
            }
        }
        Self {
            taps,
            table,
            history: vec![[0.0; SIDES]; 2 * taps],
            next: 0,
            fraction: 0.0,
        }
    }

    /// The next frame, `step` frames further; `None` when `pull` has nothing.
    pub(super) fn next(
        &mut self,
        step: f64,
        mut pull: impl FnMut() -> Option<[f64; SIDES]>,
    ) -> Option<[f64; SIDES]> {
        self.fraction += step;
        while self.fraction >= 1.0 {
            let Some(frame) = pull() else {
                // The fraction waits with it.
                self.fraction -= step;
                return None;
            };
            self.fraction -= 1.0;
            self.history[self.next] = frame;
            self.history[self.next + self.taps] = frame;
            self.next = (self.next + 1) % self.taps;
        }
        let window = &self.history[self.next..self.next + self.taps];
        let position = self.fraction * FRACTIONS as f64;
        let (row, between) = (position as usize, position.fract());
        let rows = &self.table[row.min(FRACTIONS - 1) * self.taps..];
        let (first, second) = rows.split_at(self.taps);
        let mut sum = [0.0; SIDES];
        for ((frame, a), b) in window.iter().zip(first).zip(second) {
            let weight = a + between * (b - a);
            for (sum, x) in sum.iter_mut().zip(frame) {
                *sum += weight * x;
            }
        }
        Some(sum)
    }
}

/// sin(πx)/(πx), exactly 0 at whole numbers.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x.fract() == 0.0 {
        0.0
    } else {
        (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x)
    }
}

/// Kaiser's window at −1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() > 1.0 {
        return 0.0;
    }
    bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA)
}

/// The modified Bessel function I₀ by its series (Abramowitz and Stegun 9.6.12).
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}
