//! Collects what a replay needs: plans as they are laid out, messages with the blocks at which they arrived.

use std::collections::VecDeque;

use super::structure::ProgramsByNode;
use crate::log::{Entry, PlanRecord};
use crate::plan::PlanSpec;
use crate::processor::Receipt;
use crate::scheduler::Output;
use crate::swap::Adoption;

/// Room for receipts: eleven seconds of blocks with messages, for a control side that is stopped.
pub(super) const RECEIPTS: usize = 8192;

/// The entries so far, and the messages whose arrival has not been told.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    entries: Vec<Entry>,
    sent: VecDeque<Output>,
}

impl Recorder {
    pub(super) fn plan<T>(
        &mut self,
        spec: &PlanSpec<T>,
        programs: &ProgramsByNode<T>,
        update: u64,
    ) {
        let number = |name: &str| programs.get(name).map_or(0, |compiled| compiled.number);
        let record = PlanRecord::of(spec, update, number);
        self.entries.push(Entry::Plan(record));
    }

    pub(super) fn adopted(&mut self, adoption: Adoption) {
        self.entries.push(Entry::Adopted(adoption));
    }

    pub(super) fn sent(&mut self, message: Output) {
        self.sent.push_back(message);
    }

    /// Messages arrive in the order in which they were sent.
    pub(super) fn received(&mut self, receipt: Receipt) {
        let at = receipt.frame;
        let count = (receipt.messages as usize).min(self.sent.len());
        let arrived = self.sent.drain(..count).map(|message| match message {
            Output::Event(event) => Entry::Event { at, event },
            Output::Epoch { slot, epoch } => Entry::Epoch { at, slot, epoch },
        });
        self.entries.extend(arrived);
    }

    pub(super) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }
}
