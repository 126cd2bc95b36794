//! Repeated measurements of one quantity.

use serde::Serialize;

/// All measured values of a quantity.
#[derive(Clone, Debug, Default)]
pub struct Spread(Vec<f64>);

/// The figures of a [`Spread`] that tables show.
#[derive(Serialize)]
struct Shown {
    min: f64,
    median: f64,
}

impl Spread {
    /// Adds a measurement.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The smallest value: what the work costs when nothing disturbs it. NaN when nothing was
    /// measured.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    /// The middle value; NaN when nothing was measured.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The value below which the given share of all lies (nearest rank, as close as the number of
    /// measurements allows); NaN when nothing was measured.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let rank = (share * last as f64).round() as usize;
        sorted.get(rank.min(last)).copied().unwrap_or(f64::NAN)
    }

    /// The largest value; NaN when nothing was measured.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// How many values were measured.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Spread {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (min, median) = (self.min(), self.median());
        Shown { min, median }.serialize(serializer)
    }
}

/// The geometric mean of the finite values; NaN when there is none.
#[must_use]
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = values
        .into_iter()
        .filter(|x| x.is_finite() && *x > 0.0)
        .map(f64::ln)
        .collect();
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_knows_its_order_statistics() {
        let mut spread = Spread::default();
        assert!(spread.min().is_nan() && spread.median().is_nan());
        for x in [5.0, 1.0, 4.0, 2.0, 3.0] {
            spread.push(x);
        }
        assert_eq!(
            (spread.min(), spread.median(), spread.max()),
            (1.0, 3.0, 5.0)
        );
        assert_eq!(spread.quantile(0.75), 4.0);
    }

    #[test]
    fn ratios_average_geometrically() {
        assert!((geometric_mean([2.0, 8.0, f64::NAN]) - 4.0).abs() < 1e-12);
    }
}
