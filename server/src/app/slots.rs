//! Places that one caller can only have a few of, so that nobody takes them all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use renkei_domain::{Error, Reason, Result};
use uuid::Uuid;

/// So many places altogether, and so many for each.
pub(crate) struct Slots {
    all: usize,
    each: usize,
    taken: Arc<Mutex<HashMap<Uuid, usize>>>,
}

/// A place. Dropped, it is free again.
pub(crate) struct Slot {
    owner: Uuid,
    taken: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Slots {
    pub(super) fn new(all: usize, each: usize) -> Self {
        Self { all, each, taken: Arc::default() }
    }

    /// A place for `owner`.
    ///
    /// # Errors
    /// [`Reason::Busy`].
    pub(super) fn take(&self, owner: Uuid) -> Result<Slot> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&owner).copied().unwrap_or(0);
        if own >= self.each || taken.values().sum::<usize>() >= self.all {
            return Err(Error::new(Reason::Busy).retry_after(Duration::from_secs(2)));
        }
        taken.insert(owner, own + 1);
        Ok(Slot { owner, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.owner) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_for_each_and_so_many_altogether() {
        let slots = Slots::new(3, 2);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = slots.take(one).unwrap();
        let _second = slots.take(one).unwrap();
        assert_eq!(slots.take(one).err().unwrap().reason(), Reason::Busy);
        let _third = slots.take(other).unwrap();
        assert!(slots.take(other).is_err(), "all are taken");
        drop(first);
        assert!(slots.take(other).is_ok());
    }
}
