//! What a callback has while its stream lives, and gives back.

/// Something that goes back to its owner when the callback that has it is dropped, on whatever thread.
#[derive(Debug)]
pub(super) struct Lease<T> {
    held: Option<T>,
    back: rtrb::Producer<T>,
}

impl<T> Lease<T> {
    /// A lease, and where what it holds comes back.
    pub(super) fn new(held: T) -> (Self, rtrb::Consumer<T>) {
        let (back, returned) = rtrb::RingBuffer::new(1);
        let held = Some(held);
        (Self { held, back }, returned)
    }

    /// What it holds, for as long as it lives.
    pub(super) fn held(&mut self) -> Option<&mut T> {
        self.held.as_mut()
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            // When nobody waits for it any more it dies here, after the last callback.
            drop(self.back.push(held));
        }
    }
}
