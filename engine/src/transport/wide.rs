//! Unsigned integers of 384 bits: exact products of times, tempi and rates.
//!
//! Used by the transport when 128 bits do not hold a product. The largest that occurs: three 63-bit
//! denominators, two 53-bit mantissas and their binary exponents, below 2³⁶⁴ (see [`super::ratio`]).

const LIMBS: usize = 6;

/// An integer below 2³⁸⁴, least significant limb first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide([u64; LIMBS]);

impl Wide {
    /// Number of bits.
    pub(super) const BITS: u32 = 64 * LIMBS as u32;

    /// From a machine integer.
    pub(super) const fn new(value: u128) -> Self {
        let mut limbs = [0; LIMBS];
        limbs[0] = value as u64;
        limbs[1] = (value >> 64) as u64;
        Self(limbs)
    }

    /// The product, or `None` when it does not fit.
    pub(super) fn mul(self, factor: u64) -> Option<Self> {
        let mut limbs = [0; LIMBS];
        let mut carry = 0u128;
        for (limb, out) in self.0.iter().zip(&mut limbs) {
            let product = u128::from(*limb) * u128::from(factor) + carry;
            *out = product as u64;
            carry = product >> 64;
        }
        (carry == 0).then_some(Self(limbs))
    }

    /// The product of two wide integers, or `None` when it does not fit.
    pub(super) fn product(self, other: Self) -> Option<Self> {
        let mut sum = Self::new(0);
        for (index, &limb) in other.0.iter().enumerate().filter(|(_, limb)| **limb != 0) {
            sum = sum.add(self.mul(limb)?.shift_left(64 * index as u32)?)?;
        }
        Some(sum)
    }

    /// The sum, or `None` when it does not fit.
    pub(super) fn add(self, other: Self) -> Option<Self> {
        let mut limbs = [0; LIMBS];
        let mut carry = 0u128;
        for ((a, b), out) in self.0.iter().zip(&other.0).zip(&mut limbs) {
            let sum = u128::from(*a) + u128::from(*b) + carry;
            *out = sum as u64;
            carry = sum >> 64;
        }
        (carry == 0).then_some(Self(limbs))
    }

    /// The difference, or `None` when it is negative.
    pub(super) fn sub(self, other: Self) -> Option<Self> {
        let mut limbs = [0; LIMBS];
        let mut borrow = false;
        for ((a, b), out) in self.0.iter().zip(&other.0).zip(&mut limbs) {
            let (step, under) = a.overflowing_sub(*b);
            let (step, under_again) = step.overflowing_sub(u64::from(borrow));
            *out = step;
            borrow = under || under_again;
        }
        (!borrow).then_some(Self(limbs))
    }

    /// Times 2ᵏ, or `None` when it does not fit.
    pub(super) fn shift_left(self, bits: u32) -> Option<Self> {
        if self.bit_length() + bits > Self::BITS {
            return None;
        }
        let (limbs, rest) = ((bits / 64) as usize, bits % 64);
        let mut out = [0; LIMBS];
        for index in (limbs..LIMBS).rev() {
            let low = index - limbs;
            out[index] = self.0[low] << rest;
            if rest > 0 && low > 0 {
                out[index] |= self.0[low - 1] >> (64 - rest);
            }
        }
        Some(Self(out))
    }

    /// Position of the highest bit that is set, counted from 1; 0 for zero.
    pub(super) fn bit_length(self) -> u32 {
        let top = self.0.iter().rposition(|&limb| limb != 0);
        top.map_or(0, |index| {
            64 * index as u32 + 64 - self.0[index].leading_zeros()
        })
    }

    /// The value, when 128 bits hold it.
    pub(super) fn narrow(self) -> Option<u128> {
        let [low, high, rest @ ..] = self.0;
        (rest == [0; LIMBS - 2]).then_some(u128::from(high) << 64 | u128::from(low))
    }

    /// Quotient rounded down, and whether a rest was left; `None` for a quotient beyond 128 bits or a divisor of 0.
    pub(super) fn divide(self, divisor: Self) -> Option<(u128, bool)> {
        if let (Some(a), Some(b)) = (self.narrow(), divisor.narrow()) {
            return Some((a.checked_div(b)?, a % b != 0));
        }
        // Long division in base 2: at most 128 digits of the quotient are wanted.
        let digits = (self.bit_length() + 1).saturating_sub(divisor.bit_length());
        if digits > 128 || divisor.bit_length() == 0 {
            return None;
        }
        let (mut rest, mut quotient) = (self, 0u128);
        for digit in (0..digits).rev() {
            quotient <<= 1;
            // A divisor that leaves the 384 bits is larger than any rest.
            if let Some(less) = divisor.shift_left(digit).and_then(|step| rest.sub(step)) {
                rest = less;
                quotient |= 1;
            }
        }
        Some((quotient, rest.bit_length() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn products_and_quotients_undo_each_other_beyond_128_bits() {
        let factors = [
            u64::MAX,
            u64::MAX - 58,
            1 << 63,
            6_364_136_223_846_793_005,
            3,
        ];
        let product = factors
            .iter()
            .try_fold(Wide::new(1), |w, &f| w.mul(f))
            .unwrap();
        assert!(product.narrow().is_none());
        let divisor = factors[1..]
            .iter()
            .try_fold(Wide::new(1), |w, &f| w.mul(f))
            .unwrap();
        assert_eq!(product.divide(divisor), Some((u128::from(u64::MAX), false)));
        let more = product.add(Wide::new(1)).unwrap();
        assert_eq!(more.divide(divisor), Some((u128::from(u64::MAX), true)));
        let less = product.sub(Wide::new(1)).unwrap();
        assert_eq!(less.divide(divisor), Some((u128::from(u64::MAX) - 1, true)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let top = Wide::new(1).shift_left(383).unwrap();
        assert_eq!(top.shift_left(1), None);
        assert_eq!(top.mul(2), None);
        assert_eq!(top.add(top), None);
        assert_eq!(Wide::new(0).sub(top), None);
        assert_eq!(top.divide(Wide::new(0)), None);
        assert_eq!(top.divide(Wide::new(1)), None);
    }

    proptest! {
        #[test]
        fn division_agrees_with_machine_integers(a in any::<u128>(), b in 1..=u128::MAX, k in 0u32..200) {
            // Shifting both by k changes neither quotient nor rest.
            let (x, y) = (Wide::new(a).shift_left(k).unwrap(), Wide::new(b).shift_left(k).unwrap());
            prop_assert_eq!(x.divide(y), Some((a / b, a % b != 0)));
        }
    }
}
