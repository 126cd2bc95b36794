//! The comparison rules of the references.

use serde::Deserialize;

/// How a render is compared with its reference.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase")]
pub enum Rule {
    /// Every |difference| ≤ `tol`.
    Abs {
        /// Limit.
        tol: f64,
    },
    /// Every |difference| ≤ `tol`·max(1, |reference|).
    Rel {
        /// Limit.
        tol: f64,
    },
    /// At most `max_fraction` of the frames differ by more than `tol`.
    Outliers {
        /// Limit of an ordinary frame.
        tol: f64,
        /// Share of frames that may exceed it.
        max_fraction: f64,
    },
    /// The difference modulo `period`, taken the short way round, ≤ `tol`.
    Circular {
        /// Length of the circle.
        period: f64,
        /// Limit.
        tol: f64,
    },
    /// Two-valued signals: few frames differ, all of them beside a transition.
    Edges {
        /// Most frames an edge may move.
        max_shift: usize,
        /// Most frames that may differ.
        max_differing: usize,
    },
    /// The RMS of the whole file within a relative limit.
    Level {
        /// Limit.
        rms_rel_tol: f64,
    },
}

/// Whether a render passed, and by how much.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Passed.
    pub passed: bool,
    /// The figure beside its limit.
    pub text: String,
}

impl Rule {
    /// Compares a render with its reference. NaN equals NaN; infinities must have the same sign.
    #[must_use]
    pub fn compare(&self, reference: &[f64], render: &[f64]) -> Verdict {
        if reference.len() != render.len() {
            let text = format!("{} frames instead of {}", render.len(), reference.len());
            return Verdict {
                passed: false,
                text,
            };
        }
        let differences: Vec<f64> = reference
            .iter()
            .zip(render)
            .map(|(&p, &q)| self.difference(p, q))
            .collect();
        let worst = differences.iter().copied().fold(0.0, f64::max);
        let over = |tol: f64| differences.iter().filter(|&&d| d > tol).count();
        let (passed, text) = match *self {
            Self::Abs { tol } | Self::Rel { tol } | Self::Circular { tol, .. } => {
                (worst <= tol, format!("{worst:.3e} (limit {tol:e})"))
            }
            Self::Outliers { tol, max_fraction } => {
                let (count, limit) = (over(tol), max_fraction * differences.len() as f64);
                let text =
                    format!("{count} frames over {tol:e} (limit {limit:.0}), worst {worst:.3e}");
                (count as f64 <= limit && worst.is_finite(), text)
            }
            Self::Edges {
                max_shift,
                max_differing,
            } => {
                let beside_edge = |i: usize| {
                    let from = (i + 1).saturating_sub(max_shift).max(1);
                    let to = (i + max_shift).min(reference.len() - 1);
                    (from..=to).any(|j| reference[j] != reference[j - 1])
                };
                let bad: Vec<usize> = (0..differences.len())
                    .filter(|&i| differences[i] > 1e-6)
                    .collect();
                let at_edges = bad.iter().all(|&i| beside_edge(i));
                let text = format!(
                    "{} differing frames (limit {max_differing}), all at edges: {at_edges}",
                    bad.len()
                );
                (at_edges && bad.len() <= max_differing, text)
            }
            Self::Level { rms_rel_tol } => {
                let off = (rms(render) / rms(reference) - 1.0).abs();
                let text = format!("RMS differs by {off:.3e} (limit {rms_rel_tol:e})");
                (off <= rms_rel_tol, text)
            }
        };
        Verdict { passed, text }
    }

    fn difference(&self, p: f64, q: f64) -> f64 {
        if p == q || (p.is_nan() && q.is_nan()) {
            return 0.0;
        }
        if !(p.is_finite() && q.is_finite()) {
            return f64::INFINITY;
        }
        let plain = (p - q).abs();
        match *self {
            Self::Circular { period, .. } => {
                let around = plain % period;
                around.min(period - around)
            }
            Self::Rel { .. } => plain / p.abs().max(1.0),
            _ => plain,
        }
    }
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn a_circular_difference_goes_the_short_way_round() {
        let rule = Rule::Circular {
            period: 1.0,
            tol: 0.05,
        };
        assert!(rule.compare(&[0.99], &[0.01]).passed);
        assert!(!rule.compare(&[0.5], &[0.6]).passed);
    }

    #[test]
    fn an_edge_may_move_by_the_limit_only() {
        let rule = Rule::Edges {
            max_shift: 1,
            max_differing: 2,
        };
        assert!(
            rule.compare(&[0.0, 0.0, 1.0, 1.0], &[0.0, 1.0, 1.0, 1.0])
                .passed
        );
        assert!(
            !rule
                .compare(&[0.0, 0.0, 0.0, 1.0], &[1.0, 0.0, 0.0, 1.0])
                .passed
        );
    }

    #[test]
    fn a_nan_matches_only_a_nan() {
        let rule = Rule::Abs { tol: 1.0 };
        assert!(rule.compare(&[f64::NAN], &[f64::NAN]).passed);
        assert!(!rule.compare(&[f64::NAN], &[0.0]).passed);
    }
}
