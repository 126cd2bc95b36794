//! The hand-over of plans: the [`Publisher`] on the control side, the adopter on the audio side.
//!
//! Guarantees:
//! * The audio side allocates, frees and waits for nothing. What it is done with goes back through a
//!   ring and dies in [`Publisher::poll`].
//! * One publication is in flight: the next is refused until the adoption has been acknowledged.
//! * The swap waits, and nothing is lost, while the return ring has no room for its two messages
//!   (acknowledgement and retired state) or while the swap before is still fading.
//!
//! The protocol itself is in `crate::handover`.

use std::sync::Arc;

use synthc_jit::Sample;

use crate::handover::{Numbered, Receiver, Sender, ends};
use crate::plan::{Plan, PlanError, PlanSpec, PlanState};

impl<T: Sample> Numbered for Plan<T> {
    fn number(&self) -> u64 {
        self.generation()
    }
}

impl<T: Sample> Numbered for PlanState<T> {
    fn number(&self) -> u64 {
        self.generation()
    }
}

/// A plan with the state that belongs to it.
#[derive(Debug)]
pub struct Publication<T> {
    /// The plan.
    pub plan: Arc<Plan<T>>,
    /// Its state.
    pub state: Box<PlanState<T>>,
}

/// A plan was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Adoption {
    /// Which plan.
    pub generation: u64,
    /// The first frame it played, a multiple of 64.
    pub frame: u64,
}

/// Why a plan was not published. What was given comes back.
#[derive(Debug, thiserror::Error)]
pub enum PublishError<T> {
    /// The publication before has not been acknowledged yet: poll until it is.
    #[error("another plan is still in flight; poll until its adoption is acknowledged")]
    InFlight(Publication<T>),
    /// The state was made for another plan, the plan for another sample rate than the processor's or to follow another
    /// plan than the last, or the generation is not higher than the last.
    #[error(
        "state, sample rate or generation do not fit; prepare a plan for the processor's rate with a higher generation, after the last was published"
    )]
    Mismatch(Publication<T>),
}

/// The control side's end.
#[derive(Debug)]
pub struct Publisher<T> {
    sender: Sender<Plan<T>, PlanState<T>, Adoption>,
    sample_rate: f64,
}

/// The audio side's end.
#[derive(Debug)]
pub(crate) struct Adopter<T> {
    receiver: Receiver<Plan<T>, PlanState<T>, Adoption>,
}

/// Both ends, for plans of one sample rate. `returns` is the room of the return ring in messages, 2 or
/// more.
pub(crate) fn hand_over<T: Sample>(returns: usize, sample_rate: f64) -> (Publisher<T>, Adopter<T>) {
    let (sender, receiver) = ends(returns);
    let publisher = Publisher {
        sender,
        sample_rate,
    };
    (publisher, Adopter { receiver })
}

impl<T: Sample> Publisher<T> {
    /// Lays out a plan that follows the one published last, with a state that takes over what goes on sounding.
    /// Allocates.
    ///
    /// Nodes of one key, and nodes renamed, go on: with the very same program untouched, with another one as far
    /// as their state means the same, under a crossfade. What is gone fades out.
    ///
    /// # Errors
    /// The first thing found wrong with the specification, see [`PlanError`].
    pub fn prepare(&self, spec: PlanSpec<T>) -> Result<Publication<T>, PlanError> {
        let (plan, state) = match self.latest() {
            None => {
                let plan = Plan::new(spec)?;
                let state = plan.instantiate();
                (plan, state)
            }
            Some(last) => {
                let plan = Plan::after(spec, last)?;
                let state = plan.instantiate_after(last);
                (plan, state)
            }
        };
        let plan = Arc::new(plan);
        Ok(Publication { plan, state })
    }

    /// Sends a plan and its state to the audio side, which takes both over at its next inner block, or as soon as
    /// delay lines that change their size have been copied.
    ///
    /// # Errors
    /// While the last publication is in flight, when state and plan do not belong together, and when the plan was
    /// not prepared to follow the one published last.
    pub fn publish(&mut self, publication: Publication<T>) -> Result<(), PublishError<T>> {
        self.sender.collect();
        let Publication { plan, state } = publication;
        if !self.sender.is_free() {
            return Err(PublishError::InFlight(Publication { plan, state }));
        }
        let last = self.latest();
        let known = last.is_some_and(|last| plan.generation() <= last.generation());
        let follows = plan.succeeds(last.map(|last| &**last));
        let fits = follows && plan.made(&state) && plan.sample_rate() == self.sample_rate;
        if known || !fits {
            return Err(PublishError::Mismatch(Publication { plan, state }));
        }
        self.sender
            .send(plan, state)
            .map_err(|(plan, state)| PublishError::InFlight(Publication { plan, state }))
    }

    /// Frees what the audio side has sent back; returns the adoption that is acknowledged, if any.
    pub fn poll(&mut self) -> Option<Adoption> {
        self.sender.collect()
    }

    /// Whether a publication waits for its acknowledgement.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.sender.is_in_flight()
    }

    /// How many plans with their states have come back and been freed.
    #[must_use]
    pub fn retired(&self) -> u64 {
        self.sender.retired()
    }

    /// Frames per second of the processor.
    pub(crate) fn sample_rate(&self) -> f64 {
        self.sample_rate
    }

    /// The plan published last.
    #[must_use]
    pub fn latest(&self) -> Option<&Arc<Plan<T>>> {
        self.sender.latest()
    }
}

impl<T: Sample> Adopter<T> {
    /// Touches the thread-local memory of arc-swap, which allocates once per thread.
    pub(crate) fn warm_up(&mut self) {
        self.receiver.warm_up();
    }

    /// The publication that waits, when there is one and the way back has room for its messages.
    pub(crate) fn take(&mut self) -> Option<Publication<T>> {
        let (plan, state) = self.receiver.take()?;
        Some(Publication { plan, state })
    }

    /// Tells the control side which plan plays; the room was there when it was taken.
    pub(crate) fn acknowledge(&mut self, adoption: Adoption) {
        self.receiver.acknowledge(adoption);
    }

    /// Sends back what is no longer used. When there is no room, which `take` rules out, it comes
    /// back to the caller, who must not drop it.
    pub(crate) fn retire(&mut self, publication: Publication<T>) -> Result<(), Publication<T>> {
        let Publication { plan, state } = publication;
        self.receiver
            .retire(plan, state)
            .map_err(|(plan, state)| Publication { plan, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn prepare(publisher: &Publisher<f32>, generation: u64) -> Publication<f32> {
        publisher.prepare(PlanSpec::new(generation, RATE)).unwrap()
    }

    fn publish(publisher: &mut Publisher<f32>, generation: u64) -> bool {
        let publication = prepare(publisher, generation);
        publisher.publish(publication).is_ok()
    }

    fn adopt(adopter: &mut Adopter<f32>) -> Option<Publication<f32>> {
        let publication = adopter.take()?;
        adopter.acknowledge(Adoption {
            generation: publication.plan.generation(),
            frame: 0,
        });
        Some(publication)
    }

    #[test]
    fn nothing_is_taken_while_the_way_back_has_no_room_for_both_messages() {
        let (mut publisher, mut adopter) = hand_over(3, RATE);
        assert!(publish(&mut publisher, 1));
        let first = adopt(&mut adopter).unwrap();
        assert!(publisher.poll().is_some());
        assert!(publish(&mut publisher, 2));
        let second = adopt(&mut adopter).unwrap();
        assert!(adopter.retire(first).is_ok());
        // Two of three places are taken until the control side looks; no publication is possible
        // meanwhile, but one could have been under way.
        let Publication { plan, state } = prepare(&publisher, 3);
        publisher.sender.shared.store(Some(plan));
        assert!(publisher.sender.owned.push(state).is_ok());
        assert!(adopter.take().is_none());
        assert_eq!(
            publisher.poll().map(|adoption| adoption.generation),
            Some(2)
        );
        assert_eq!(adopter.take().unwrap().plan.generation(), 3);
        drop(second);
    }

    #[test]
    fn the_last_reference_to_a_plan_dies_with_the_poll_that_gets_it_back() {
        let (mut publisher, mut adopter) = hand_over(8, RATE);
        let publication = prepare(&publisher, 1);
        let watched = Arc::downgrade(&publication.plan);
        assert!(publisher.publish(publication).is_ok());
        let first = adopt(&mut adopter).unwrap();
        assert!(publish(&mut publisher, 2));
        let _second = adopt(&mut adopter).unwrap();
        assert!(adopter.retire(first).is_ok());
        assert!(watched.upgrade().is_some(), "the audio side freed it");
        publisher.poll();
        assert!(watched.upgrade().is_none());
    }

    #[test]
    fn a_plan_of_another_rate_is_refused() {
        let (mut publisher, _adopter) = hand_over::<f32>(8, 44_100.0);
        let refused = {
            let publication = prepare(&publisher, 1);
            publisher.publish(publication)
        };
        assert!(matches!(refused, Err(PublishError::Mismatch(_))));
    }
}
