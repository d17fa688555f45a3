//! What reading costs, counted in allocations: no input makes much of little.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What a piece of work may allocate: bytes and calls, those of any input and those for each byte of it.
pub(crate) struct Budget {
    pub(crate) bytes: usize,
    pub(crate) bytes_per_byte: usize,
    pub(crate) calls: usize,
    pub(crate) calls_per_byte: usize,
}

impl Budget {
    /// Runs the work on an input of that length and fails where it allocates more. Memory that it gives back counts,
    /// too: it is the work that is measured. Nothing else may run beside it.
    pub(crate) fn hold<T>(&self, input: usize, work: impl FnOnce() -> T) -> T {
        let region = Region::new(ALLOCATOR);
        let result = work();
        let spent = region.change();
        let bytes = self.bytes + self.bytes_per_byte * input;
        let calls = self.calls + self.calls_per_byte * input;
        let spent_bytes = spent.bytes_allocated + usize::try_from(spent.bytes_reallocated).unwrap_or(0);
        let spent_calls = spent.allocations + spent.reallocations;
        assert!(spent_bytes <= bytes, "{spent_bytes} bytes are allocated for {input} of input, of {bytes}");
        assert!(spent_calls <= calls, "{spent_calls} allocations for {input} bytes of input, of {calls}");
        result
    }
}

/// Bytes that are held behind a piece of work and were not before it.
pub(crate) fn growth(work: impl FnOnce()) -> isize {
    let region = Region::new(ALLOCATOR);
    work();
    let spent = region.change();
    // What a reallocation adds or gives back is counted among the others.
    spent.bytes_allocated.cast_signed() - spent.bytes_deallocated.cast_signed()
}
