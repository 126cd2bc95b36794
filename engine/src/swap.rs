//! The hand-over of plans: the [`Publisher`] on the control side, the adopter on the audio side.
//!
//! Guarantees:
//! * The audio side allocates, frees and waits for nothing. What it is done with goes back through a
//!   ring and dies in [`Publisher::poll`].
//! * One publication is in flight: the next is refused until the adoption has been acknowledged.
//! * The swap waits, and nothing is lost, while the return ring has no room for its two messages
//!   (acknowledgement and retired state) or while the swap before is still fading.
//!
//! The plan goes through an [`ArcSwapOption`] read by a [`Cache`], its state through a ring of
//! boxes. The plan is stored before the state is pushed, so whoever has the state sees its plan (or a
//! later one, which is impossible with one publication in flight). The audio side never drops the
//! last reference to a plan: the publisher keeps one until the retired plan has come back.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Cache};
use synthc_jit::Sample;

use crate::plan::{Plan, PlanError, PlanSpec, PlanState};

/// Messages one swap sends back.
const RETURNS_PER_SWAP: usize = 2;

/// What comes back from the audio side.
#[derive(Debug)]
pub(crate) enum Return<T> {
    Adopted(Adoption),
    Retired(Publication<T>),
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
    shared: Shared<T>,
    states: rtrb::Producer<Box<PlanState<T>>>,
    returns: rtrb::Consumer<Return<T>>,
    /// Plans the audio side may still refer to; the last is the one published last.
    alive: Vec<Arc<Plan<T>>>,
    in_flight: bool,
    retired: u64,
    sample_rate: f64,
}

/// Where the plan published last is found.
type Shared<T> = Arc<ArcSwapOption<Plan<T>>>;

/// The audio side's end.
#[derive(Debug)]
pub(crate) struct Adopter<T> {
    cache: Cache<Shared<T>, Option<Arc<Plan<T>>>>,
    states: rtrb::Consumer<Box<PlanState<T>>>,
    returns: rtrb::Producer<Return<T>>,
}

/// Both ends, for plans of one sample rate. `returns` is the room of the return ring in messages, 2 or
/// more.
pub(crate) fn hand_over<T: Sample>(returns: usize, sample_rate: f64) -> (Publisher<T>, Adopter<T>) {
    let shared = Arc::new(ArcSwapOption::const_empty());
    let (states_in, states_out) = rtrb::RingBuffer::new(1);
    let (returns_in, returns_out) = rtrb::RingBuffer::new(returns.max(RETURNS_PER_SWAP));
    let publisher = Publisher {
        shared: Arc::clone(&shared),
        states: states_in,
        returns: returns_out,
        alive: Vec::new(),
        in_flight: false,
        retired: 0,
        sample_rate,
    };
    let adopter = Adopter {
        cache: Cache::new(shared),
        states: states_out,
        returns: returns_in,
    };
    (publisher, adopter)
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
        self.collect();
        let Publication { plan, state } = publication;
        if self.in_flight || self.states.is_full() {
            return Err(PublishError::InFlight(Publication { plan, state }));
        }
        let last = self.alive.last();
        let known = last.is_some_and(|last| plan.generation() <= last.generation());
        let follows = plan.succeeds(last.map(|last| &**last));
        let fits = follows && plan.made(&state) && plan.sample_rate() == self.sample_rate;
        if known || !fits {
            return Err(PublishError::Mismatch(Publication { plan, state }));
        }
        self.alive.push(Arc::clone(&plan));
        self.shared.store(Some(plan));
        self.in_flight = true;
        match self.states.push(state) {
            Ok(()) => Ok(()),
            Err(rtrb::PushError::Full(state)) => {
                // Only this end pushes, and there was room above.
                debug_assert!(false, "the ring of states filled by itself");
                drop(state);
                Ok(())
            }
        }
    }

    /// Frees what the audio side has sent back; returns the adoption that is acknowledged, if any.
    pub fn poll(&mut self) -> Option<Adoption> {
        self.collect()
    }

    /// Whether a publication waits for its acknowledgement.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.in_flight
    }

    /// How many plans with their states have come back and been freed.
    #[must_use]
    pub fn retired(&self) -> u64 {
        self.retired
    }

    /// Frames per second of the processor.
    pub(crate) fn sample_rate(&self) -> f64 {
        self.sample_rate
    }

    /// The plan published last.
    #[must_use]
    pub fn latest(&self) -> Option<&Arc<Plan<T>>> {
        self.alive.last()
    }

    fn collect(&mut self) -> Option<Adoption> {
        let mut adoption = None;
        while let Ok(message) = self.returns.pop() {
            match message {
                Return::Adopted(adopted) => {
                    self.in_flight = false;
                    adoption = Some(adopted);
                }
                Return::Retired(publication) => {
                    self.alive
                        .retain(|alive| !Arc::ptr_eq(alive, &publication.plan));
                    self.retired += 1;
                }
            }
        }
        adoption
    }
}

impl<T: Sample> Adopter<T> {
    /// Touches the thread-local memory of arc-swap, which allocates once per thread.
    pub(crate) fn warm_up(&mut self) {
        drop(self.cache.arc_swap().load());
    }

    /// The publication that waits, when there is one and the way back has room for its messages.
    pub(crate) fn take(&mut self) -> Option<Publication<T>> {
        if self.returns.slots() < RETURNS_PER_SWAP {
            return None;
        }
        let generation = self.states.peek().ok()?.generation();
        let plan = self.cache.load().as_ref()?;
        if plan.generation() != generation {
            return None;
        }
        let plan = Arc::clone(plan);
        let state = self.states.pop().ok()?;
        Some(Publication { plan, state })
    }

    /// Tells the control side which plan plays; the room was there when it was taken.
    pub(crate) fn acknowledge(&mut self, adoption: Adoption) {
        let sent = self.returns.push(Return::Adopted(adoption));
        debug_assert!(sent.is_ok(), "room was checked before the plan was taken");
    }

    /// Sends back what is no longer used. When there is no room, which `take` rules out, it comes
    /// back to the caller, who must not drop it.
    pub(crate) fn retire(&mut self, publication: Publication<T>) -> Result<(), Publication<T>> {
        match self.returns.push(Return::Retired(publication)) {
            Ok(()) | Err(rtrb::PushError::Full(Return::Adopted(_))) => Ok(()),
            Err(rtrb::PushError::Full(Return::Retired(publication))) => Err(publication),
        }
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
        publisher.shared.store(Some(plan));
        assert!(publisher.states.push(state).is_ok());
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
