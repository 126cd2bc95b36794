//! Boxed nodes without state: one function over one to three operands.

use super::arena::{Arena, Buffer, CHUNK, Lane};

/// A boxed node: computes its buffer for a chunk, or for one frame of it inside a recurrence.
pub(super) trait Kernel<X>: Send {
    /// Computes the first `frames` frames; what lies beyond may hold anything.
    fn block(&mut self, arena: &mut Arena<X>, frames: usize);

    /// Computes one frame.
    fn step(&mut self, arena: &mut Arena<X>, frame: usize);

    /// Ends a chunk that was computed by steps.
    fn finish(&mut self, _arena: &mut Arena<X>, _frames: usize) {}
}

/// A node's buffer, and all others of its type.
struct Split<'a, T> {
    left: &'a [Buffer<T>],
    right: &'a [Buffer<T>],
}

impl<T> Split<'_, T> {
    fn get(&self, buffer: usize) -> &Buffer<T> {
        match buffer.checked_sub(self.left.len() + 1) {
            Some(after) => &self.right[after],
            None => &self.left[buffer],
        }
    }
}

fn split<T>(pool: &mut [Buffer<T>], buffer: usize) -> (&mut Buffer<T>, Split<'_, T>) {
    let (left, rest) = pool.split_at_mut(buffer);
    // A buffer of the plan is inside its pool.
    let (own, right) = rest.split_at_mut(1);
    (&mut own[0], Split { left, right })
}

/// y = f(a); operand and result of one type.
pub(super) struct Same1<T, F> {
    pub(super) a: usize,
    pub(super) out: usize,
    pub(super) f: F,
    pub(super) ty: std::marker::PhantomData<T>,
}

impl<X, T: Lane<X> + Send, F: Fn(T) -> T + Send> Kernel<X> for Same1<T, F> {
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        let (out, others) = split(T::pool_mut(arena), self.out);
        for (y, &a) in out.iter_mut().zip(others.get(self.a)) {
            *y = (self.f)(a);
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let pool = T::pool_mut(arena);
        pool[self.out][frame] = (self.f)(pool[self.a][frame]);
    }
}

/// y = f(a, b); operands and result of one type.
pub(super) struct Same2<T, F> {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) out: usize,
    pub(super) f: F,
    pub(super) ty: std::marker::PhantomData<T>,
}

impl<X, T: Lane<X> + Send, F: Fn(T, T) -> T + Send> Kernel<X> for Same2<T, F> {
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        let (out, others) = split(T::pool_mut(arena), self.out);
        let (a, b) = (others.get(self.a), others.get(self.b));
        for ((y, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *y = (self.f)(a, b);
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let pool = T::pool_mut(arena);
        pool[self.out][frame] = (self.f)(pool[self.a][frame], pool[self.b][frame]);
    }
}

/// y = a·b + c with one rounding, or any other function of three floats.
pub(super) struct Same3<T, F> {
    pub(super) operands: [usize; 3],
    pub(super) out: usize,
    pub(super) f: F,
    pub(super) ty: std::marker::PhantomData<T>,
}

impl<X, T: Lane<X> + Send, F: Fn(T, T, T) -> T + Send> Kernel<X> for Same3<T, F> {
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        let (out, others) = split(T::pool_mut(arena), self.out);
        let [a, b, c] = self.operands.map(|operand| others.get(operand));
        for (((y, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
            *y = (self.f)(a, b, c);
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let pool = T::pool_mut(arena);
        let [a, b, c] = self.operands.map(|operand| pool[operand][frame]);
        pool[self.out][frame] = (self.f)(a, b, c);
    }
}

/// y = f(a, b) of another type: comparisons, and casts, which ignore `b` = `a`.
pub(super) struct Convert<T, R, F> {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) out: usize,
    pub(super) f: F,
    pub(super) ty: std::marker::PhantomData<(T, R)>,
}

impl<X, T, R, F> Kernel<X> for Convert<T, R, F>
where
    T: Lane<X> + Send,
    R: Lane<X> + Send,
    F: Fn(T, T) -> R + Send,
{
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        let pool = T::pool(arena);
        let (a, b) = (&pool[self.a], &pool[self.b]);
        // The pools are parts of one arena: a copy in the cache is cheaper than a second borrow.
        let mut y = [R::ZERO; CHUNK];
        for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
            *y = (self.f)(a, b);
        }
        R::pool_mut(arena)[self.out] = y;
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let pool = T::pool(arena);
        let y = (self.f)(pool[self.a][frame], pool[self.b][frame]);
        R::pool_mut(arena)[self.out][frame] = y;
    }
}

/// y = condition ? a : b.
pub(super) struct Select<T> {
    pub(super) condition: usize,
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) out: usize,
    pub(super) ty: std::marker::PhantomData<T>,
}

impl<X, T: Lane<X> + Send> Kernel<X> for Select<T> {
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        let conditions = <bool as Lane<X>>::pool(arena)[self.condition];
        let (out, others) = split(T::pool_mut(arena), self.out);
        let (a, b) = (others.get(self.a), others.get(self.b));
        for (((y, c), &a), &b) in out.iter_mut().zip(conditions).zip(a).zip(b) {
            *y = if c { a } else { b };
        }
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        let condition = <bool as Lane<X>>::pool(arena)[self.condition][frame];
        let pool = T::pool_mut(arena);
        let chosen = if condition { self.a } else { self.b };
        pool[self.out][frame] = pool[chosen][frame];
    }
}

/// The value of a control, computed when one has changed.
pub(super) struct ControlValue {
    pub(super) control: usize,
    pub(super) out: usize,
}

impl<X: super::width::Width> Kernel<X> for ControlValue {
    fn block(&mut self, arena: &mut Arena<X>, _: usize) {
        arena.floats[self.out] = [X::from_f64(arena.controls[self.control]); CHUNK];
    }

    fn step(&mut self, arena: &mut Arena<X>, frame: usize) {
        arena.floats[self.out][frame] = X::from_f64(arena.controls[self.control]);
    }
}
