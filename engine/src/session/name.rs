//! Names of nodes: what is allowed, and the nearest one to a misspelt one.

use super::SessionError;

/// Checks that `name` can name a node.
pub(super) fn check(name: &str) -> Result<(), SessionError> {
    let problem = if name.is_empty() {
        "it is empty"
    } else if name.trim() != name {
        "it begins or ends with a space"
    } else if name.chars().any(char::is_control) {
        "it has a control character"
    } else if name.split('/').any(str::is_empty) {
        "a part before or after `/` is empty"
    } else if name == "master" {
        "`master` is the master level"
    } else {
        return Ok(());
    };
    Err(SessionError::Name {
        name: name.to_owned(),
        problem,
    })
}

/// The candidate nearest to `given` by edits (optimal string alignment), if one is near enough to be meant.
pub(crate) fn nearest<S: AsRef<str>>(
    given: &str,
    candidates: impl IntoIterator<Item = S>,
) -> Option<String> {
    let length = given.chars().count();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(given, candidate.as_ref()), candidate))
        .filter(|(distance, candidate)| {
            let longest = length.max(candidate.as_ref().chars().count());
            *distance <= (longest / 3).max(1) && *distance < longest
        })
        .min_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.as_ref().cmp(y.as_ref())))
        .map(|(_, candidate)| candidate.as_ref().to_owned())
}
