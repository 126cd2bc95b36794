//! Accumulators whose increment does not change during a chunk: r + k · increment.
//!
//! Where the increment is a constant, one vector is carried and what lies between the vectors of an iteration is part of
//! the instructions; otherwise all vectors are, and what is added to them.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use synthc_ir::graph::RegisterId;
use synthc_ir::{BinaryOp, Const, Type};

use super::TimeLoop;
use super::register::{Held, Way};
use crate::lower::lanes::Lanes;
use crate::schedule::Accumulator;

/// How a closed form goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed {
    /// What the register holds after the loop.
    pub(super) after: Value,
    stride: Stride,
}

#[derive(Clone, Copy, Debug)]
enum Stride {
    /// What a frame adds.
    Frame(Const),
    /// What an iteration adds to every lane.
    Iteration(Lanes),
}

/// `count` times a constant, modulo its width.
fn times(constant: Const, count: usize) -> Const {
    // Counts are lanes of an iteration.
    match constant {
        Const::I32(x) => Const::I32(x.wrapping_mul(count as i32)),
        Const::I64(x) => Const::I64(x.wrapping_mul(count as i64)),
        other => other,
    }
}

impl TimeLoop<'_, '_, '_> {
    /// A register whose values in all frames are known before the loop.
    pub(super) fn hold_closed(&mut self, register: RegisterId, sum: Accumulator) -> Held {
        let ty = self.emitter.source.graph.registers()[register.index()].ty;
        let vector = self.emitter.vector_type(ty);
        let value = self.emitter.read_register(register);
        let known = self
            .emitter
            .known(sum.increment)
            .map(|constant| match constant {
                Const::I32(x) if sum.subtracts => Const::I32(x.wrapping_neg()),
                Const::I64(x) if sum.subtracts => Const::I64(x.wrapping_neg()),
                other => other,
            });
        let increment = match known {
            Some(constant) => self.emitter.constant(constant),
            None => {
                let increment = self.emitter.load_home(sum.increment);
                if sum.subtracts {
                    self.emitter.builder.ins().ineg(increment)
                } else {
                    increment
                }
            }
        };
        // With a bound, the vectors hold what would be there without it, from no more than the bound on: they do not wrap
        // around, and the least of them and the bound is what follows.
        let value = match sum.bound {
            Some(bound) => {
                let bound = self.emitter.constant(Const::I32(bound));
                self.emitter.builder.ins().smin(value, bound)
            }
            None => value,
        };
        let (parts, stride) = if let Some(constant) = known {
            let first = self.emitter.lanes_splat(ty, 4, value);
            let offsets = [0, 1, 2, 3].map(|lane| times(constant, lane));
            let offsets = self.emitter.lanes_constants(&offsets);
            let first = self.emitter.lanes_binary(BinaryOp::Add, &first, &offsets);
            (vec![first.parts()[0]], Stride::Frame(constant))
        } else {
            let mut values = vec![value];
            for lane in 1..self.lanes {
                let next = self.emitter.builder.ins().iadd(values[lane - 1], increment);
                values.push(next);
            }
            let parts = self.emitter.lanes_of_scalars(ty, &values).parts().to_vec();
            let shift = i64::from(self.lanes.trailing_zeros());
            let stride = self.emitter.builder.ins().ishl_imm_u(increment, shift);
            let stride = self.emitter.lanes_splat(ty, self.lanes, stride);
            (parts, Stride::Iteration(stride))
        };
        let builder = &mut self.emitter.builder;
        let mut frames = builder.ins().isub(self.call.end, self.call.first);
        if ty == Type::I32 {
            frames = builder.ins().ireduce(types::I32, frames);
        }
        let after = if let Some(bound) = sum.bound {
            let frames = builder.ins().iadd_imm_s(frames, -1);
            let way = builder.ins().imul(frames, increment);
            let last = builder.ins().iadd(value, way);
            let bound = builder.ins().iconst(types::I32, i64::from(bound));
            let last = builder.ins().smin(last, bound);
            builder.ins().iadd(last, increment)
        } else {
            let way = builder.ins().imul(frames, increment);
            builder.ins().iadd(value, way)
        };
        Held {
            register,
            way: Way::Closed(Closed { after, stride }),
            parts,
            vector,
        }
    }

    /// What a closed form is in the frames of an iteration.
    pub(super) fn closed(&mut self, entry: usize, ty: Type, closed: Closed) -> Lanes {
        let Stride::Frame(constant) = closed.stride else {
            return self.emitter.lanes_of_parts(ty, &self.held[entry].parts);
        };
        let first = self.held[entry].parts[0];
        let count = self.emitter.part_count(ty, self.lanes);
        let mut parts = vec![first];
        for part in 1..count {
            let further = part * self.lanes / count;
            parts.push(self.moved(ty, first, times(constant, further)));
        }
        self.emitter.lanes_of_parts(ty, &parts)
    }

    /// Steps a closed form to the next iteration.
    pub(super) fn step_closed(&mut self, entry: usize, ty: Type, closed: Closed) {
        match closed.stride {
            Stride::Frame(constant) => {
                let first = self.held[entry].parts[0];
                let by = times(constant, self.lanes);
                self.held[entry].parts[0] = self.moved(ty, first, by);
            }
            Stride::Iteration(stride) => {
                let now = self.emitter.lanes_of_parts(ty, &self.held[entry].parts);
                let then = self.emitter.lanes_binary(BinaryOp::Add, &now, &stride);
                self.held[entry].parts = then.parts().to_vec();
            }
        }
    }

    /// One vector with a constant added to every lane.
    fn moved(&mut self, ty: Type, part: Value, by: Const) -> Value {
        let lanes = self.lanes / self.emitter.part_count(ty, self.lanes);
        let by = self
            .emitter
            .lanes_constants(&vec![by; lanes.max(4)])
            .parts()[0];
        self.emitter.builder.ins().iadd(part, by)
    }
}
