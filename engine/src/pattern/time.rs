//! Exact rational time, counted in cycles.
//!
//! Every onset, slot end and gate end of a pattern is a [`Time`]: a reduced fraction of two 64-bit integers. The
//! combinators only add, multiply and divide, so a pattern of thirds inside fifths stays exact however long it plays.
//! Invariant: the denominator is positive and the fraction is in lowest terms, so equality is structural. Arithmetic
//! that does not fit reports [`TimeError::Overflow`]; nothing here panics, rounds or allocates.

use std::cmp::Ordering;
use std::fmt;

/// Largest denominator tried first when a float is turned into a fraction.
const COARSE_DENOMINATOR: i128 = 256;
/// Largest denominator tried for floats that no coarse fraction meets.
const FINE_DENOMINATOR: i128 = 1 << 40;

/// Why a time could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TimeError {
    /// The result needs more than 64 bits in its numerator or denominator.
    #[error(
        "time arithmetic overflows 64-bit fractions; use simpler factors (small integers or fractions) in nested `over`, `fast` and `shift`"
    )]
    Overflow,
    /// A division by zero, or a fraction with denominator zero.
    #[error("time divided by zero; give a denominator or factor other than 0")]
    DivisionByZero,
    /// A float that is NaN or infinite.
    #[error("{0} is not a time; give a finite number of cycles")]
    NotFinite(f64),
    /// A finite float too large, or too close to zero, for a 64-bit fraction.
    #[error(
        "{0} cycles cannot be held as a 64-bit fraction; give a magnitude between 1e-12 and 9e18, or 0"
    )]
    OutOfRange(f64),
}

/// An exact moment or duration in cycles: `numerator / denominator`, reduced, denominator positive.
///
/// ```
/// use synthc_engine::pattern::Time;
/// let third = Time::new(1, 3)?;
/// assert_eq!(third.add(third)?.add(third)?, Time::ONE);
/// assert_eq!(Time::new(-7, 2)?.floor(), -4);
/// # Ok::<(), synthc_engine::pattern::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    numerator: i64,
    denominator: i64,
}

impl Time {
    /// Cycle 0.
    pub const ZERO: Self = Self::integer(0);
    /// One cycle.
    pub const ONE: Self = Self::integer(1);
    /// Half a cycle; also the default gate fraction of a note.
    pub const HALF: Self = Self {
        numerator: 1,
        denominator: 2,
    };

    /// The fraction `numerator / denominator` in lowest terms.
    ///
    /// # Errors
    /// [`TimeError::DivisionByZero`] if `denominator` is 0; [`TimeError::Overflow`] for the few fractions of
    /// `i64::MIN` whose reduced form does not fit.
    pub fn new(numerator: i64, denominator: i64) -> Result<Self, TimeError> {
        Self::reduce(i128::from(numerator), i128::from(denominator))
    }

    /// A whole number of cycles.
    #[must_use]
    pub const fn integer(cycles: i64) -> Self {
        Self {
            numerator: cycles,
            denominator: 1,
        }
    }

    /// The fraction a player means by a float: the nearest one with a denominator of at most 256.
    ///
    /// Where that fraction is off by more than one part in 512 (only possible for small values: 0.001 would become
    /// 0), the bound is widened until the relative error is at most 1e-9, so 0.001 is 1/1000 and never 0.
    /// Continued-fraction best approximation (Khinchin 1964, *Continued Fractions*, ch. 2).
    ///
    /// # Errors
    /// [`TimeError::NotFinite`] for NaN and infinities, [`TimeError::OutOfRange`] beyond 64 bits or below 1e-12.
    pub fn from_f64(value: f64) -> Result<Self, TimeError> {
        if !value.is_finite() {
            return Err(TimeError::NotFinite(value));
        }
        if value == 0.0 {
            return Ok(Self::ZERO);
        }
        if value.abs() < 1e-12 || value.abs() >= 9.2e18 {
            return Err(TimeError::OutOfRange(value));
        }
        let (numerator, denominator) = exact_ratio(value.abs());
        let mut bound = COARSE_DENOMINATOR;
        let mut tolerance = 1.0 / 512.0;
        loop {
            let (p, q) = best_fraction(numerator, denominator, bound);
            let magnitude = Self::reduce(p, q).map_err(|_| TimeError::OutOfRange(value))?;
            let error = (magnitude.to_f64() - value.abs()).abs();
            if error <= value.abs() * tolerance || bound >= FINE_DENOMINATOR {
                return if value < 0.0 {
                    magnitude.neg()
                } else {
                    Ok(magnitude)
                };
            }
            bound *= 256;
            tolerance = 1e-9;
        }
    }

    /// The numerator in lowest terms; carries the sign.
    #[must_use]
    pub const fn numerator(self) -> i64 {
        self.numerator
    }

    /// The denominator in lowest terms; always positive.
    #[must_use]
    pub const fn denominator(self) -> i64 {
        self.denominator
    }

    /// The nearest `f64`. For display and estimates; frames are computed from the exact fraction.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`TimeError::Overflow`].
    #[expect(
        clippy::should_implement_trait,
        reason = "the sum can overflow, which an operator could not report"
    )]
    pub fn add(self, other: Self) -> Result<Self, TimeError> {
        if self.denominator == 1 && other.denominator == 1 {
            let sum = self
                .numerator
                .checked_add(other.numerator)
                .ok_or(TimeError::Overflow)?;
            return Ok(Self::integer(sum));
        }
        let (a, b) = (i128::from(self.numerator), i128::from(self.denominator));
        let (c, d) = (i128::from(other.numerator), i128::from(other.denominator));
        // |a·d| and |c·b| are below 2^126, so their sum fits.
        Self::reduce(a * d + c * b, b * d)
    }

    /// `self - other`.
    ///
    /// # Errors
    /// [`TimeError::Overflow`].
    #[expect(
        clippy::should_implement_trait,
        reason = "the difference can overflow, which an operator could not report"
    )]
    pub fn sub(self, other: Self) -> Result<Self, TimeError> {
        self.add(other.neg()?)
    }

    /// `self · other`.
    ///
    /// # Errors
    /// [`TimeError::Overflow`].
    #[expect(
        clippy::should_implement_trait,
        reason = "the product can overflow, which an operator could not report"
    )]
    pub fn mul(self, other: Self) -> Result<Self, TimeError> {
        Self::reduce(
            i128::from(self.numerator) * i128::from(other.numerator),
            i128::from(self.denominator) * i128::from(other.denominator),
        )
    }

    /// `self / other`.
    ///
    /// # Errors
    /// [`TimeError::DivisionByZero`], [`TimeError::Overflow`].
    #[expect(
        clippy::should_implement_trait,
        reason = "the quotient can fail, which an operator could not report"
    )]
    pub fn div(self, other: Self) -> Result<Self, TimeError> {
        Self::reduce(
            i128::from(self.numerator) * i128::from(other.denominator),
            i128::from(self.denominator) * i128::from(other.numerator),
        )
    }

    /// `-self`.
    ///
    /// # Errors
    /// [`TimeError::Overflow`] for a numerator of `i64::MIN`.
    #[expect(
        clippy::should_implement_trait,
        reason = "negation can overflow, which an operator could not report"
    )]
    pub fn neg(self) -> Result<Self, TimeError> {
        let numerator = self.numerator.checked_neg().ok_or(TimeError::Overflow)?;
        Ok(Self { numerator, ..self })
    }

    /// The greatest whole number not above this time: the cycle a moment lies in.
    #[must_use]
    pub const fn floor(self) -> i64 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The least whole number not below this time.
    #[must_use]
    pub const fn ceil(self) -> i64 {
        // A remainder needs a denominator of at least 2, so the quotient is far from `i64::MAX`.
        self.floor() + (self.numerator.rem_euclid(self.denominator) != 0) as i64
    }

    /// Whether the time is after cycle 0.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.numerator > 0
    }

    /// The shortest duration that both durations divide, or `None` if either is not positive or it does not fit.
    #[must_use]
    pub fn lcm(self, other: Self) -> Option<Self> {
        if !self.is_positive() || !other.is_positive() {
            return None;
        }
        // For reduced a/b and c/d the least common multiple is lcm(a, c) / gcd(b, d).
        let (a, c) = (i128::from(self.numerator), i128::from(other.numerator));
        let (b, d) = (i128::from(self.denominator), i128::from(other.denominator));
        Self::reduce(
            a / greatest_common_divisor(a, c) * c,
            greatest_common_divisor(b, d),
        )
        .ok()
    }

    /// Reduces a fraction of wide integers and checks that it fits.
    fn reduce(numerator: i128, denominator: i128) -> Result<Self, TimeError> {
        if denominator == 0 {
            return Err(TimeError::DivisionByZero);
        }
        // Division of 128-bit integers is a library call, and seldom needed.
        if let (Ok(numerator), Ok(denominator)) =
            (i64::try_from(numerator), i64::try_from(denominator))
            && denominator > 0
        {
            let wide = greatest_common_divisor(i128::from(numerator), i128::from(denominator));
            // It divides a positive 64-bit integer.
            let divisor = wide as i64;
            return Ok(Self {
                numerator: numerator / divisor,
                denominator: denominator / divisor,
            });
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        let divisor = if denominator < 0 { -divisor } else { divisor };
        let numerator = i64::try_from(numerator / divisor).map_err(|_| TimeError::Overflow)?;
        let denominator = i64::try_from(denominator / divisor).map_err(|_| TimeError::Overflow)?;
        Ok(Self {
            numerator,
            denominator,
        })
    }
}

/// Euclid's algorithm; the result is positive unless both arguments are 0.
fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    // Division of 128-bit integers is a library call: narrow as soon as both fit in a machine word.
    while b != 0 {
        if let (Ok(mut small_a), Ok(mut small_b)) = (u64::try_from(a), u64::try_from(b)) {
            while small_b != 0 {
                (small_a, small_b) = (small_b, small_a % small_b);
            }
            return i128::from(small_a);
        }
        (a, b) = (b, a % b);
    }
    // Products of two 64-bit integers stay below 2^127.
    a as i128
}

/// The exact value of a float between 1e-12 and 2^63 as a ratio of integers below 2^127.
fn exact_ratio(value: f64) -> (i128, i128) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1075;
    let mantissa = i128::from((bits & ((1 << 52) - 1)) | (1 << 52));
    if exponent >= 0 {
        (mantissa << exponent, 1)
    } else {
        (mantissa, 1 << -exponent)
    }
}

/// The fraction nearest to `n / d` among those with a denominator of at most `bound`.
fn best_fraction(n: i128, d: i128, bound: i128) -> (i128, i128) {
    let (mut p0, mut q0, mut p1, mut q1) = (0, 1, 1, 0);
    let (mut rest_n, mut rest_d) = (n, d);
    while rest_d != 0 {
        let quotient = rest_n / rest_d;
        let q2 = q0 + quotient * q1;
        if q2 > bound {
            break;
        }
        (p0, q0, p1, q1) = (p1, q1, p0 + quotient * p1, q2);
        (rest_n, rest_d) = (rest_d, rest_n - quotient * rest_d);
    }
    if rest_d == 0 {
        return (p1, q1);
    }
    // Between the last convergent that fits and the next lies the best semiconvergent.
    let steps = (bound - q0) / q1;
    let (ps, qs) = (p0 + steps * p1, q0 + steps * q1);
    let value = n as f64 / d as f64;
    let distance = |p: i128, q: i128| (p as f64 / q as f64 - value).abs();
    if distance(p1, q1) <= distance(ps, qs) {
        (p1, q1)
    } else {
        (ps, qs)
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.numerator) * i128::from(other.denominator);
        let right = i128::from(other.numerator) * i128::from(self.denominator);
        left.cmp(&right)
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

/// Numbers that pattern methods accept as a time: integers exactly, floats by [`Time::from_f64`], times as they are.
pub trait IntoTime {
    /// The number as an exact time.
    ///
    /// # Errors
    /// See [`Time::from_f64`]; integers always convert, except those beyond 64 bits signed.
    fn into_time(self) -> Result<Time, TimeError>;
}

impl IntoTime for Time {
    fn into_time(self) -> Result<Time, TimeError> {
        Ok(self)
    }
}

impl IntoTime for f64 {
    fn into_time(self) -> Result<Time, TimeError> {
        Time::from_f64(self)
    }
}

impl IntoTime for i32 {
    fn into_time(self) -> Result<Time, TimeError> {
        Ok(Time::integer(i64::from(self)))
    }
}

impl IntoTime for i64 {
    fn into_time(self) -> Result<Time, TimeError> {
        Ok(Time::integer(self))
    }
}
