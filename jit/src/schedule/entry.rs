//! Entries: what can happen in the first frame of a chunk only.
//!
//! Controls that are computed in the update function do not change during a chunk, and a register that takes such a value
//! holds it from the second frame on. A condition like `gate > mem(gate)` is therefore false in all frames but the first,
//! and a choice by it (`edge ? x : r`, with a register r) is just r in all others. Where nothing else reads r,
//! the choice is made once before the loops, into the register's place, and the loops read the register: what a
//! gate's edge sets — the start of an envelope, its clock, whether it runs — is then no part of any recurrence.
//!
//! For the loops the graph is a *view* in which the choice is the read of the register.

use std::collections::{HashMap, HashSet};

use synthc_ir::graph::RegisterId;
use synthc_ir::{BinaryOp, CompareOp, Const, Graph, NodeId, Op, Type, UnaryOp};

use super::placement::{Place, Placement};

/// Most nodes that are computed for one entry.
const MAX_CONE: usize = 64;

/// What happens at the start of a chunk when a condition has another value than in all later frames.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The condition.
    pub(crate) condition: NodeId,
    /// Its value in every later frame.
    pub(crate) later: bool,
    /// What the condition needs, each node after its operands, with the operations of the source.
    pub(crate) before: Vec<(NodeId, Op)>,
    /// What the registers' values need beyond that.
    pub(crate) then: Vec<(NodeId, Op)>,
    /// Registers and the nodes whose values they are set to, all of which are computed before the first is set.
    pub(crate) sets: Vec<(RegisterId, NodeId)>,
}

impl Entry {
    /// Everything that is computed.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &(NodeId, Op)> {
        self.before.iter().chain(&self.then)
    }
}

/// The entries of a graph, and the graph that loops see.
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) view: Graph,
    /// The order of the view's nodes.
    pub(super) order: Vec<NodeId>,
}

/// A choice that is a register from the second frame on.
#[derive(Clone, Debug)]
struct Choice {
    node: NodeId,
    register: RegisterId,
    /// The node that reads the register.
    read: NodeId,
    condition: NodeId,
    later: bool,
    cone: Vec<NodeId>,
}

/// What a node is in all frames of a chunk but the first.
#[derive(Clone, Copy, PartialEq)]
enum Later {
    /// What this node of the update function is.
    Same(NodeId),
    /// The negation of a node of the update function.
    Not(NodeId),
    Known(bool),
    /// Not known.
    Open,
}

impl Later {
    fn negated(self) -> Self {
        match self {
            Self::Same(id) => Self::Not(id),
            Self::Not(id) => Self::Same(id),
            Self::Known(value) => Self::Known(!value),
            Self::Open => Self::Open,
        }
    }
}

/// Finds the entries of a graph whose nodes come in `order`; `None` where there are none.
pub(super) fn find(graph: &Graph, order: &[NodeId], placement: &Placement) -> Option<Found> {
    let search = Search { graph, placement };
    let mut choices = search.choices(order);
    loop {
        search.keep_independent(&mut choices);
        if choices.is_empty() {
            return None;
        }
        let reads = |choice: &Choice| (choice.node, Op::RegisterRead(choice.register));
        let view = graph.with_ops(choices.iter().map(reads));
        // What somebody else still reads cannot be set before everything.
        let order = super::order(&view).ok()?;
        let mut alive = vec![false; graph.len()];
        for &id in &order {
            alive[id.index()] = true;
        }
        let count = choices.len();
        choices.retain(|choice| !alive[choice.read.index()] && alive[choice.node.index()]);
        if choices.len() == count {
            return Some(Found {
                entries: search.entries(choices),
                view,
                order,
            });
        }
    }
}

struct Search<'a> {
    graph: &'a Graph,
    placement: &'a Placement,
}

impl Search<'_> {
    /// What a node of the update function is in every frame.
    fn lasting(&self, id: NodeId) -> Later {
        match self.graph.op(id) {
            Op::Const(Const::Bool(value)) => Later::Known(value),
            Op::Unary(UnaryOp::Not, a) if self.graph.ty(id) == Type::Bool => {
                self.lasting(a).negated()
            }
            _ => Later::Same(id),
        }
    }

    /// What a node is in all frames but the first, its operands being known.
    fn later(&self, id: NodeId, known: &HashMap<NodeId, Later>) -> Later {
        if self.placement.of(id) != Place::Frame {
            return self.lasting(id);
        }
        let of = |id: NodeId| match known.get(&id) {
            Some(&later) => later,
            None if self.placement.of(id) == Place::Frame => Later::Open,
            None => self.lasting(id),
        };
        let bools = self.graph.ty(id) == Type::Bool;
        match self.graph.op(id) {
            Op::RegisterRead(register) => {
                match self.graph.registers()[register.index()].next {
                    // One that takes a value of a frame may come later in the order.
                    Some(next) if self.placement.of(next) != Place::Frame => self.lasting(next),
                    _ => Later::Open,
                }
            }
            Op::Unary(UnaryOp::Not, a) if bools => of(a).negated(),
            Op::Binary(op, a, b) if bools => logic(op, of(a), of(b)),
            Op::Compare(op, a, b) => match (of(a), of(b)) {
                (Later::Open, _) | (_, Later::Open) => Later::Open,
                (a_later, b_later) if a_later == b_later => {
                    self.comparison_with_itself(op, self.graph.ty(a))
                }
                _ => Later::Open,
            },
            _ => Later::Open,
        }
    }

    fn comparison_with_itself(&self, op: CompareOp, ty: Type) -> Later {
        match op {
            CompareOp::Lt | CompareOp::Gt => Later::Known(false),
            // Of NaN the others are false or true by themselves.
            _ if ty == Type::Float => Later::Open,
            CompareOp::Ne => Later::Known(false),
            CompareOp::Eq | CompareOp::Le | CompareOp::Ge => Later::Known(true),
        }
    }

    /// Every choice by a condition that settles, whose cone can be computed before the loops.
    fn choices(&self, order: &[NodeId]) -> Vec<Choice> {
        let mut known = HashMap::new();
        let mut choices = Vec::new();
        for &id in order {
            if self.placement.of(id) != Place::Frame {
                continue;
            }
            if matches!(self.graph.ty(id), Type::Bool)
                || matches!(self.graph.op(id), Op::RegisterRead(_))
            {
                let later = self.later(id, &known);
                if later != Later::Open {
                    known.insert(id, later);
                }
            }
            if known.is_empty() {
                continue;
            }
            let settled = |id: NodeId| match known.get(&id) {
                Some(&Later::Known(value)) => Some((id, value)),
                _ => None,
            };
            let chosen = match self.graph.op(id) {
                Op::Select(by, a, b) => {
                    settled(by).map(|(by, value)| (by, value, if value { a } else { b }))
                }
                Op::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b)
                    if self.graph.ty(id) == Type::Bool =>
                {
                    // And with what is true, or with what is false, is the other operand.
                    let neutral = op == BinaryOp::And;
                    let by = |by, other| {
                        let (by, value) = settled(by).filter(|&(_, value)| value == neutral)?;
                        Some((by, value, other))
                    };
                    by(a, b).or_else(|| by(b, a))
                }
                _ => None,
            };
            let Some((condition, later, read)) = chosen else {
                continue;
            };
            let Op::RegisterRead(register) = self.graph.op(read) else {
                continue;
            };
            if self.placement.of(read) != Place::Frame || known.contains_key(&read) {
                continue;
            }
            if let Some(cone) = self.cone(id) {
                choices.push(Choice {
                    node: id,
                    register,
                    read,
                    condition,
                    later,
                    cone,
                });
            }
        }
        choices
    }

    /// What a node needs that is not at hand before the loops, itself included, operands first; `None` when that is too
    /// much or takes more than pure operations on registers and controls.
    fn cone(&self, root: NodeId) -> Option<Vec<NodeId>> {
        let mut cone = Vec::new();
        let mut seen = HashSet::new();
        let mut stack = vec![(root, false)];
        while let Some((id, finished)) = stack.pop() {
            if finished {
                cone.push(id);
                continue;
            }
            if self.placement.of(id) != Place::Frame || !seen.insert(id) {
                continue;
            }
            if seen.len() > MAX_CONE {
                return None;
            }
            let op = self.graph.op(id);
            match op {
                Op::Input(_) | Op::DelayRead(..) | Op::TableRead(..) | Op::ExternOutput(..) => {
                    return None;
                }
                _ => {}
            }
            stack.push((id, true));
            stack.extend(op.operands().into_iter().map(|operand| (operand, false)));
        }
        Some(cone)
    }

    /// The registers that a cone reads.
    fn reads<'c>(&'c self, cone: &'c [NodeId]) -> impl Iterator<Item = RegisterId> + 'c {
        cone.iter().filter_map(|&id| match self.graph.op(id) {
            Op::RegisterRead(register) => Some(register),
            _ => None,
        })
    }

    /// Leaves choices that do not look at what others set: those of one condition are computed before any of them is set,
    /// and every register is set by one.
    fn keep_independent(&self, choices: &mut Vec<Choice>) {
        loop {
            let mut setter: HashMap<RegisterId, Option<NodeId>> = HashMap::new();
            for choice in &*choices {
                let entry = setter.entry(choice.register);
                entry
                    .and_modify(|setter| *setter = None)
                    .or_insert(Some(choice.condition));
            }
            let count = choices.len();
            choices.retain(|choice| {
                let condition = Some(choice.condition);
                setter[&choice.register] == condition
                    && self
                        .reads(&choice.cone)
                        .all(|read| setter.get(&read).is_none_or(|&set| set == condition))
            });
            if choices.len() == count {
                return;
            }
        }
    }

    /// Choices by their conditions, in the order of the graph.
    fn entries(&self, choices: Vec<Choice>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut computed: Vec<HashSet<NodeId>> = Vec::new();
        let op = |id: NodeId| (id, self.graph.op(id));
        for choice in choices {
            let known = entries
                .iter()
                .position(|entry| entry.condition == choice.condition);
            let at = known.unwrap_or_else(|| {
                // It is in the cone of every choice by it.
                let before = self.cone(choice.condition).unwrap_or_default();
                computed.push(before.iter().copied().collect());
                entries.push(Entry {
                    condition: choice.condition,
                    later: choice.later,
                    before: before.into_iter().map(op).collect(),
                    then: Vec::new(),
                    sets: Vec::new(),
                });
                entries.len() - 1
            });
            let new = choice
                .cone
                .into_iter()
                .filter(|&id| computed[at].insert(id));
            entries[at].then.extend(new.map(op));
            entries[at].sets.push((choice.register, choice.node));
        }
        entries
    }
}

/// A logical operation on what is known of its operands.
fn logic(op: BinaryOp, a: Later, b: Later) -> Later {
    let opposite = a != Later::Open && a == b.negated();
    let same = a != Later::Open && a == b;
    match op {
        BinaryOp::And if opposite => Later::Known(false),
        BinaryOp::Or if opposite => Later::Known(true),
        BinaryOp::Xor if opposite => Later::Known(true),
        BinaryOp::Xor if same => Later::Known(false),
        BinaryOp::And | BinaryOp::Or if same => a,
        _ => match (op, a, b) {
            (BinaryOp::And, Later::Known(false), _) | (BinaryOp::And, _, Later::Known(false)) => {
                Later::Known(false)
            }
            (BinaryOp::Or, Later::Known(true), _) | (BinaryOp::Or, _, Later::Known(true)) => {
                Later::Known(true)
            }
            (BinaryOp::And, Later::Known(true), other)
            | (BinaryOp::And, other, Later::Known(true))
            | (BinaryOp::Or | BinaryOp::Xor, Later::Known(false), other)
            | (BinaryOp::Or | BinaryOp::Xor, other, Later::Known(false)) => other,
            (BinaryOp::Xor, Later::Known(true), other)
            | (BinaryOp::Xor, other, Later::Known(true)) => other.negated(),
            _ => Later::Open,
        },
    }
}
