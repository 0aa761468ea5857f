//! How many connections there may be, altogether and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the connections that are open.
pub(crate) struct Gate {
    most: u32,
    most_per_address: u32,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: u32,
    by_address: HashMap<IpAddr, u32>,
}

impl Gate {
    /// A gate that lets in `most` connections, `most_per_address` from one address.
    pub(crate) fn new(most: u32, most_per_address: u32) -> Arc<Self> {
        Arc::new(Self { most, most_per_address, open: Mutex::default() })
    }

    /// Lets a connection in, for as long as the pass lives. [`None`] if there are too many.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Pass> {
        let address = counted_as(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let from_there = open.by_address.get(&address).copied().unwrap_or(0);
        if open.all >= self.most || from_there >= self.most_per_address {
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, from_there + 1);
        Some(Pass { gate: self.clone(), address })
    }

    fn leave(&self, address: IpAddr) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(from_there) = open.by_address.get_mut(&address) {
            *from_there -= 1;
            if *from_there == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

/// The right to be connected.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    address: IpAddr,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.leave(self.address);
    }
}

/// An IPv6 subscriber has a whole /64 to come from.
pub(super) fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let gate = Gate::new(10, 2);
        let one = gate.enter(address("192.0.2.1"));
        let two = gate.enter(address("192.0.2.1"));
        assert!(one.is_some() && two.is_some());
        assert!(gate.enter(address("192.0.2.1")).is_none());
        assert!(gate.enter(address("192.0.2.2")).is_some());
        drop(one);
        assert!(gate.enter(address("192.0.2.1")).is_some());
    }

    #[test]
    fn all_addresses_share_the_whole() {
        let gate = Gate::new(2, 2);
        let _one = gate.enter(address("192.0.2.1"));
        let two = gate.enter(address("192.0.2.2"));
        assert!(gate.enter(address("192.0.2.3")).is_none());
        drop(two);
        assert!(gate.enter(address("192.0.2.3")).is_some());
        assert_eq!(gate.open.lock().unwrap().by_address.len(), 1);
    }

    #[test]
    fn a_network_of_ipv6_and_both_spellings_of_ipv4_are_one_address() {
        let gate = Gate::new(10, 1);
        let _six = gate.enter(address("2001:db8:0:1::1"));
        assert!(gate.enter(address("2001:db8:0:1:ffff::2")).is_none());
        assert!(gate.enter(address("2001:db8:0:2::1")).is_some());
        let _four = gate.enter(address("192.0.2.1"));
        assert!(gate.enter(address("::ffff:192.0.2.1")).is_none());
    }
}
