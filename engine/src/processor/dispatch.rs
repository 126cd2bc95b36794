//! Events take effect: at their frame, in their order, on the stage that plays.
//!
//! The processor asks [`Dispatcher::dispatch`] at every frame of a block that has events, before anything of the block is
//! computed; it obeys what is due, which the stage notes or does, and tells which frame is next. A note on an open gate needs a frame of gate 0 *before* its
//! own: so as soon as nothing else comes before the next note-ons, these are **armed**: they choose
//! their voices, and gates they find open are closed for the one frame before. Where that frame is past
//! already, or is the only frame of the note before, the gap takes the note's frame and the note comes
//! one frame later.

use std::sync::Arc;

use synthc_jit::Sample;

use super::stage::{Addressed, Stage};
use crate::event::{Event, EventKind, LevelTarget, NodeKey};
use crate::monitor::Monitor;
use crate::plan::{NodeState, NoteMode, PlanNode, Way};
use crate::queue::{EventQueue, NOTE_OFFS, NOTE_ONS, Place, RESERVE, VALUES};

/// A gate to close at a frame.
#[derive(Clone, Copy, Debug)]
struct Closing {
    frame: u64,
    node: NodeKey,
    voice: usize,
    gate: u16,
}

/// A note that has its voice and starts at a frame.
#[derive(Clone, Copy, Debug)]
struct Armed {
    frame: u64,
    node: NodeKey,
    voice: usize,
    /// Nothing of the voice's past is heard.
    fresh: bool,
    /// The gate, if the node has it.
    gate: Option<u16>,
    event: Event,
}

/// Note-offs remembered because they came before their note-on of the same frame.
const ORPHANS: usize = RESERVE;

/// Obeys events.
#[derive(Debug)]
pub(super) struct Dispatcher {
    queue: EventQueue,
    monitor: Arc<Monitor>,
    /// In the order in which they are to be obeyed; more than one frame only where notes are put off.
    closings: Vec<Closing>,
    armed: Vec<Armed>,
    /// Node and note of the last note-offs that found no note.
    orphans: [Option<(NodeKey, u64)>; ORPHANS],
    next_orphan: usize,
    /// What the master fader was told.
    master: Option<f64>,
}

impl Dispatcher {
    /// `capacity` is that of the queue: what is armed came out of it, and waits a frame at most, so
    /// that twice as much has room, and two closings for each.
    pub(super) fn new(queue: EventQueue, monitor: Arc<Monitor>, capacity: usize) -> Self {
        Self {
            queue,
            monitor,
            closings: Vec::with_capacity(4 * capacity),
            armed: Vec::with_capacity(2 * capacity),
            orphans: [None; ORPHANS],
            next_orphan: 0,
            master: None,
        }
    }

    /// Takes in what has arrived, at the begin of an inner block; how many messages.
    pub(super) fn receive(&mut self, now: u64) -> u32 {
        self.queue.receive(now, &self.monitor)
    }

    /// Another stage plays from now on: what was armed follows its voice there. A note whose voice is gone is
    /// queued again.
    pub(super) fn follow<T: Sample>(&mut self, old: &Stage<T>, new: &Stage<T>) {
        self.closings.retain_mut(|closing| {
            let heir = heir(old, new, closing.node, closing.voice, Some(closing.gate));
            let Some((node, voice, Some(gate))) = heir else {
                return false;
            };
            (closing.node, closing.voice, closing.gate) = (node, voice, gate);
            true
        });
        let queue = &mut self.queue;
        self.armed.retain_mut(|armed| {
            let Some((node, voice, gate)) = heir(old, new, armed.node, armed.voice, armed.gate)
            else {
                queue.put(&armed.event);
                return false;
            };
            if node != armed.node {
                rename(&mut armed.event, old, new, armed.node, node);
            }
            (armed.node, armed.voice, armed.gate) = (node, voice, gate);
            true
        });
    }

    /// The last master level that has become due since the last call.
    pub(super) fn take_master(&mut self) -> Option<f64> {
        self.master.take()
    }

    /// Obeys everything due at `now` and returns the next frame at which something is due, or the end of the block. Returns
    /// `now` when the stage cannot note more, with the rest still to be obeyed.
    pub(super) fn dispatch<T: Sample>(
        &mut self,
        stage: &mut Stage<T>,
        now: u64,
        block_end: u64,
    ) -> u64 {
        self.close_gates(stage, now);
        let mut armed_due = true;
        while !stage.crowded {
            if let Some(kind) = self.queue.first_value(now) {
                let known = set(stage, kind, &mut self.master);
                self.queue.drop_value(&self.monitor);
                self.count(known);
                continue;
            }
            let Some(event) = self.queue.pop_any(now, &self.monitor) else {
                break;
            };
            let note_on = event.kind.class() == NOTE_ONS as u8;
            if armed_due && note_on && event.frame == now {
                self.start_armed(stage, now);
                if stage.crowded {
                    // After the others that are armed.
                    self.queue.put(&self.queue.complete(&event));
                    return now;
                }
                armed_due = false;
            }
            self.obey(stage, &event, now);
        }
        if armed_due {
            self.start_armed(stage, now);
        }
        if !stage.crowded {
            self.arm(stage, now, block_end);
            self.close_gates(stage, now);
        }
        if stage.crowded {
            return now;
        }
        self.next_boundary(block_end).max(now + 1)
    }

    fn next_boundary(&mut self, block_end: u64) -> u64 {
        let next = block_end.min(self.queue.first_frame());
        let closings = self.closings.iter().map(|closing| closing.frame);
        let armed = self.armed.iter().map(|armed| armed.frame);
        closings.chain(armed).fold(next, u64::min)
    }

    /// Lets the next note-ons choose their voices, when nothing comes before them that could
    /// change the choice. Note-offs of their frame are taken into account first.
    fn arm<T: Sample>(&mut self, stage: &mut Stage<T>, now: u64, block_end: u64) {
        if !self.armed.is_empty() {
            return;
        }
        let Some(frame) = self.queue.next_frame(NOTE_ONS) else {
            return;
        };
        let before = |class| {
            let other = self.queue.next_frame(class);
            other.is_some_and(|other| other < frame)
        };
        if frame > block_end || before(NOTE_OFFS) || before(VALUES) {
            return;
        }
        while let Some(event) = self.queue.pop(NOTE_OFFS, frame, &self.monitor) {
            self.note_off(stage, &event, frame, now);
        }
        while let Some(event) = self.queue.pop(NOTE_ONS, frame, &self.monitor) {
            self.take_voice(stage, &event, frame, now);
        }
    }

    fn obey<T: Sample>(&mut self, stage: &mut Stage<T>, event: &Event<Place>, now: u64) {
        match event.kind {
            EventKind::NoteOff { .. } => self.note_off(stage, event, now, now),
            EventKind::Value { .. } | EventKind::Level { .. } => {
                let known = set(stage, &event.kind, &mut self.master);
                self.count(known);
            }
            EventKind::NoteOn { .. } => {
                let (closings, armed) = (self.closings.len(), self.armed.len());
                self.take_voice(stage, event, now, now);
                // What this note alone has brought, at most one of each: the lists may be long.
                if self.closings.len() > closings
                    && let Some(closing) = self.closings.pop_if(|closing| closing.frame <= now)
                {
                    close_gate(stage, &closing);
                }
                if self.armed.len() > armed
                    && let Some(armed) = self.armed.pop_if(|armed| armed.frame <= now)
                    && let Some(mut node) = stage.node(armed.node)
                {
                    start_note(&mut node, &armed, now);
                }
            }
        }
    }

    fn count(&self, known: bool) {
        if !known {
            self.monitor.count_unroutable();
        }
    }

    /// Ends a note at `frame`, which is `now` or later.
    fn note_off<T: Sample>(
        &mut self,
        stage: &mut Stage<T>,
        event: &Event<Place>,
        frame: u64,
        now: u64,
    ) {
        let EventKind::NoteOff { node: key, note } = event.kind else {
            return;
        };
        let Some(mut node) = stage.node_of_former(key) else {
            return self.count(false);
        };
        let key = node.node.key();
        match node.state.voices.find(note) {
            Some((_, held)) if held.start >= frame => {
                let kind = EventKind::NoteOff { node: key, note };
                self.queue.put(&event.replaced(held.start + 1, kind));
            }
            Some((voice, held)) => {
                node.state.voices.release(voice, note);
                if frame <= now {
                    set_gate(&mut node, voice, held.gate, 0.0);
                } else {
                    self.close(frame, key, voice, held.gate);
                }
            }
            None => {
                self.orphans[self.next_orphan] = Some((key, note));
                self.next_orphan = (self.next_orphan + 1) % ORPHANS;
            }
        }
    }

    /// Gives a note that is due at `frame`, which is `now` or later, its voice and start.
    fn take_voice<T: Sample>(
        &mut self,
        stage: &mut Stage<T>,
        event: &Event<Place>,
        frame: u64,
        now: u64,
    ) {
        let EventKind::NoteOn {
            node: key,
            note,
            gate,
            ..
        } = event.kind
        else {
            return;
        };
        let Some(Addressed { node, state, .. }) = stage.node(key) else {
            return self.count(false);
        };
        let gate = gate.filter(|&gate| has_control(node, gate));
        let voice = state.voices.choose();
        let fresh = state.voices.is_fresh(voice, frame);
        let mut start = frame;
        let legato = node.mode == NoteMode::Legato && node.voices == 1;
        if let Some(gate) = gate
            && !legato
            && is_open(node, state, voice, gate)
        {
            match state.opened[voice * node.controls.len() + usize::from(gate)] {
                // The note before has not sounded: this one takes its place.
                opened if opened == frame => {}
                opened if frame > now && opened != frame - 1 => {
                    self.close(frame - 1, key, voice, gate);
                }
                _ => {
                    self.close(frame, key, voice, gate);
                    start = frame + 1;
                }
            }
        }
        state.voices.take(voice, note, gate, start);
        if self.armed.len() < self.armed.capacity() {
            self.armed.push(Armed {
                frame: start,
                node: key,
                voice,
                fresh,
                gate,
                event: self.queue.complete(event),
            });
        }
        let mut orphans = self.orphans.iter_mut();
        if let Some(orphan) = orphans.find(|orphan| **orphan == Some((key, note))) {
            *orphan = None;
            let kind = EventKind::NoteOff { node: key, note };
            self.queue.put(&event.replaced(start + 1, kind));
        }
    }

    fn start_armed<T: Sample>(&mut self, stage: &mut Stage<T>, now: u64) {
        if self.armed.is_empty() && self.closings.is_empty() {
            return;
        }
        // A note taken at this very frame may find its gap due already.
        self.close_gates(stage, now);
        self.armed.retain(|armed| {
            let due = armed.frame <= now && !stage.crowded;
            if due && let Some(mut node) = stage.node(armed.node) {
                start_note(&mut node, armed, now);
            }
            !due
        });
    }

    fn close(&mut self, frame: u64, node: NodeKey, voice: usize, gate: u16) {
        if self.closings.len() < self.closings.capacity() {
            self.closings.push(Closing {
                frame,
                node,
                voice,
                gate,
            });
        }
    }

    fn close_gates<T: Sample>(&mut self, stage: &mut Stage<T>, now: u64) {
        if self.closings.is_empty() {
            return;
        }
        self.closings.retain(|closing| {
            let due = closing.frame <= now && !stage.crowded;
            if due {
                close_gate(stage, closing);
            }
            !due
        });
    }
}

/// Obeys an event that sets a value or a level; false when there is none such. The master fader's is for the processor.
#[inline]
fn set<T: Sample>(stage: &mut Stage<T>, kind: &EventKind<Place>, master: &mut Option<f64>) -> bool {
    match kind {
        EventKind::Value {
            node,
            control,
            value,
        } => stage.set_value(*node, *control, *value),
        EventKind::Level {
            target: LevelTarget::Master,
            value,
        } => {
            if value.is_finite() {
                *master = Some(*value);
            }
            true
        }
        EventKind::Level { target, value } => stage.set_level(target, *value),
        EventKind::NoteOff { .. } | EventKind::NoteOn { .. } => true,
    }
}

/// Where a voice of the old stage is in the new one, and where a slot of its controls: key, voice, slot.
fn heir<T: Sample>(
    old: &Stage<T>,
    new: &Stage<T>,
    node: NodeKey,
    voice: usize,
    slot: Option<u16>,
) -> Option<(NodeKey, usize, Option<u16>)> {
    let before = old.plan.position(node)?;
    let position = (*new.state.after.get(before)?)? as usize;
    let heritage = new.state.nodes.get(position)?.heritage.as_ref()?;
    let voice = (*heritage.moved.get(voice)?)? as usize;
    let slots = &heritage.succession.slots;
    let slot = slot.and_then(|slot| slots.get(usize::from(slot)).copied().flatten());
    Some((new.plan.nodes().get(position)?.key(), voice, slot))
}

/// Rewrites a note-on for the node that its node has become.
fn rename<T: Sample>(
    event: &mut Event,
    old: &Stage<T>,
    new: &Stage<T>,
    from: NodeKey,
    to: NodeKey,
) {
    let EventKind::NoteOn {
        node, gate, params, ..
    } = &mut event.kind
    else {
        return;
    };
    let slot = |slot: u16| heir(old, new, from, 0, Some(slot)).and_then(|(_, _, slot)| slot);
    let mut renamed = crate::event::NoteParams::new();
    for (control, value) in params.as_slice() {
        if let Some(control) = slot(*control) {
            let pushed = renamed.push(control, *value);
            debug_assert!(pushed.is_ok(), "there were no more before");
        }
    }
    (*node, *gate, *params) = (to, gate.and_then(slot), renamed);
}

fn has_control<T>(node: &PlanNode<T>, slot: u16) -> bool {
    matches!(node.controls.get(usize::from(slot)), Some(Some(_)))
}

fn close_gate<T: Sample>(stage: &mut Stage<T>, closing: &Closing) {
    if let Some(mut node) = stage.node(closing.node) {
        set_gate(&mut node, closing.voice, closing.gate, 0.0);
    }
}

fn is_open<T>(node: &PlanNode<T>, state: &NodeState<T>, voice: usize, gate: u16) -> bool {
    let mut instances = state.instances[node.instances_of(voice)].iter();
    instances.any(|instance| {
        let control = instance.controls.get(usize::from(gate));
        control.is_some_and(|control| control.as_ref().is_some_and(|c| c.announced() > 0.0))
    })
}

fn set_gate<T: Sample>(node: &mut Addressed<T>, voice: usize, gate: u16, value: f64) {
    node.set_control(node.node.instances_of(voice), gate, value, Way::Jump);
}

/// Starts a note on its voice, unless another took the voice in the meantime.
fn start_note<T: Sample>(node: &mut Addressed<T>, armed: &Armed, now: u64) {
    let EventKind::NoteOn { note, params, .. } = armed.event.kind else {
        return;
    };
    let held = node.state.voices.held(armed.voice);
    if armed.gate.is_some() && !held.iter().any(|held| held.note == note) {
        return;
    }
    for index in node.node.instances_of(armed.voice) {
        let fresh = armed.fresh || !node.has_started(index);
        let way = if fresh { Way::Jump } else { Way::Glide };
        for &(slot, value) in params.as_slice() {
            if Some(slot) != armed.gate {
                node.set_control(index..index + 1, slot, value, way);
            }
        }
        if fresh {
            node.settle(index);
        }
    }
    let slots = node.node.controls.len();
    if node.node.voices > 1 {
        // Other gates that the voice's former note left open; its note-off will not find it.
        let own = armed.gate.map(usize::from);
        for other in (0..slots).filter(|&slot| Some(slot) != own) {
            let opened = &mut node.state.opened[armed.voice * slots + other];
            if std::mem::replace(opened, u64::MAX) != u64::MAX {
                set_gate(node, armed.voice, other as u16, 0.0);
            }
        }
    }
    let Some(gate) = armed.gate else { return };
    let given = params
        .as_slice()
        .iter()
        .rev()
        .find(|(slot, _)| *slot == gate);
    set_gate(
        node,
        armed.voice,
        gate,
        given.map_or(1.0, |(_, value)| *value),
    );
    node.state.opened[armed.voice * slots + usize::from(gate)] = now;
}
