//! Aligned memory that compiled code and the host share.
//!
//! A [`Block`] never moves while it lives: its address is what compiled code holds. Every access of
//! the host is bounds-checked.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Alignment of every block: a cache line.
const ALIGN: usize = 64;

/// A block of zeroed bytes with a fixed address, aligned to a cache line.
///
/// Compiled code reads and writes through the address; the host through bounds-checked copies. No
/// reference into the block is ever made, so the two never alias as references.
#[derive(Debug)]
pub(crate) struct Block {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a block owns its memory alone; bytes have no affinity to a thread.
unsafe impl Send for Block {}
// SAFETY: shared references only read (`read`, `copy_from`'s source). Compiled code writes a block through its
// address only while the state that owns it is borrowed mutably, and a block that several states share is written
// by one of them, which never runs while another does (`state::kinship`) and is borrowed when its block is copied.
unsafe impl Sync for Block {}

/// Values that any bytes may be and that are copied into blocks: no padding, no invalid pattern.
pub(crate) trait Plain: Copy {}
impl Plain for f32 {}
impl Plain for f64 {}
impl Plain for i32 {}
impl Plain for i64 {}
impl Plain for u8 {}
impl Plain for u32 {}
impl Plain for u64 {}
impl Plain for usize {}

impl Block {
    /// A block of zeros. Every page is touched now, so that the audio thread takes no page fault.
    pub(crate) fn zeroed(bytes: usize) -> Self {
        let layout = Self::layout(bytes);
        // SAFETY: the size is not 0 (`layout`).
        let start = unsafe { alloc_zeroed(layout) };
        let Some(start) = NonNull::new(start) else {
            handle_alloc_error(layout)
        };
        for page in (0..bytes).step_by(4096) {
            // SAFETY: in bounds and not shared yet; volatile, or the compiler would leave the page
            // to be mapped by its first use.
            unsafe { start.as_ptr().add(page).write_volatile(0) };
        }
        Self { start, bytes }
    }

    fn layout(bytes: usize) -> Layout {
        // Sizes are bounded far below the limit: state by the layout, buffers by the verifier.
        Layout::from_size_align(bytes.max(1), ALIGN).expect("a block of less than 2^63 bytes")
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sets every byte to 0.
    pub(crate) fn clear(&mut self) {
        // SAFETY: the block has this many bytes, and `&mut self` is exclusive.
        unsafe { self.start.as_ptr().write_bytes(0, self.bytes) };
    }

    /// A block with the same bytes.
    pub(crate) fn copied(&self) -> Self {
        let mut block = Self::zeroed(self.bytes);
        block.copy_from(0, self, 0, self.bytes);
        block
    }

    /// Copies bytes of another block.
    pub(crate) fn copy_from(&mut self, to: usize, other: &Self, from: usize, bytes: usize) {
        assert!(
            to + bytes <= self.bytes && from + bytes <= other.bytes,
            "copy beyond a block"
        );
        // SAFETY: both ranges are in bounds by the assertion; two blocks never overlap, and `&mut self`
        // is exclusive.
        unsafe {
            let source = other.start.as_ptr().add(from);
            source.copy_to_nonoverlapping(self.start.as_ptr().add(to), bytes);
        }
    }

    /// Writes a value at a byte offset of a block that others may hold.
    ///
    /// # Safety
    /// Nobody else reads or writes the block meanwhile.
    pub(crate) unsafe fn write_shared<V: Plain>(&self, offset: usize, value: V) {
        assert!(
            offset + size_of::<V>() <= self.bytes,
            "write beyond a block"
        );
        // SAFETY: in bounds by the assertion, unaligned on purpose; exclusive by the caller's promise.
        unsafe {
            let place = self.start.as_ptr().add(offset).cast::<V>();
            place.write_unaligned(value);
        }
    }

    /// Writes a value at a byte offset.
    pub(crate) fn write<V: Plain>(&mut self, offset: usize, value: V) {
        assert!(
            offset + size_of::<V>() <= self.bytes,
            "write beyond a block"
        );
        // SAFETY: in bounds by the assertion; unaligned on purpose, exclusive by `&mut self`.
        unsafe {
            let place = self.start.as_ptr().add(offset).cast::<V>();
            place.write_unaligned(value);
        }
    }

    /// Reads a value at a byte offset.
    pub(crate) fn read<V: Plain>(&self, offset: usize) -> V {
        assert!(offset + size_of::<V>() <= self.bytes, "read beyond a block");
        // SAFETY: in bounds by the assertion; every pattern of initialised bytes is a `Plain`.
        unsafe {
            let place = self.start.as_ptr().add(offset).cast::<V>();
            place.read_unaligned()
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with this very layout, freed once.
        unsafe { dealloc(self.start.as_ptr(), Self::layout(self.bytes)) };
    }
}
