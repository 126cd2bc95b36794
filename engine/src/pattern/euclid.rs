//! Euclidean rhythms: k pulses spread as evenly as possible over n steps.
//!
//! `spread` and the `(k,n,r)` suffix of the mini-notation use this. Algorithm of Bjorklund 2003 ("The theory of
//! rep-rate pattern generation in the SNS timing system"), known in music through Toussaint 2005.

use std::sync::Arc;

use super::error::{MAX_ITEMS, PatternError};

/// The steps of a Euclidean rhythm, `true` for a pulse, rotated left by `rotation` (taken modulo `steps`).
///
/// Pulses and rests start as groups of one. As long as more than one remainder group can be paired, the remainder is
/// appended to the leading groups one by one; the concatenated groups are the rhythm. Cost: O(steps · log steps).
///
/// ```
/// use synthc_engine::pattern::euclid;
/// let steps: String = euclid(3, 8, 0)?.iter().map(|&on| if on { 'x' } else { '.' }).collect();
/// assert_eq!(steps, "x..x..x.");
/// # Ok::<(), synthc_engine::pattern::PatternError>(())
/// ```
///
/// # Errors
/// [`PatternError::Euclid`] unless 0 ≤ pulses ≤ steps and 1 ≤ steps ≤ [`MAX_ITEMS`].
pub fn euclid(pulses: i64, steps: i64, rotation: i64) -> Result<Arc<[bool]>, PatternError> {
    let error = PatternError::Euclid { pulses, steps };
    let (Ok(count), Ok(on)) = (usize::try_from(steps), usize::try_from(pulses)) else {
        return Err(error);
    };
    if count == 0 || count > MAX_ITEMS || on > count {
        return Err(error);
    }
    let mut leading = vec![vec![true]; on];
    let mut remainder = vec![vec![false]; count - on];
    loop {
        let paired = leading.len().min(remainder.len());
        if paired <= 1 {
            break;
        }
        let rest = remainder.split_off(paired);
        for (group, tail) in leading.iter_mut().zip(remainder) {
            group.extend(tail);
        }
        remainder = rest;
        remainder.extend(leading.split_off(paired));
    }
    let mut rhythm: Vec<bool> = leading.into_iter().chain(remainder).flatten().collect();
    // The remainder of a division by `steps` is below `count`, which came from it.
    rhythm.rotate_left(rotation.rem_euclid(steps) as usize);
    Ok(rhythm.into())
}
