//! Proofs of RFC 9162: that a leaf is in a tree, and that a tree goes on where an older one ended.

use crate::tree::{Hash, Nodes, empty_root, node_hash};

/// That the leaf at `index` is in the tree of `size` leaves: the hashes beside its path, from the leaf up. `None`: no
/// such leaf, or a node is missing; [`crate::tree::runs`] says which are needed.
pub fn inclusion(nodes: &Nodes, index: u64, size: u64) -> Option<Vec<Hash>> {
    let mut path = Vec::new();
    let (mut first, mut end) = (0, size);
    if index >= size {
        return None;
    }
    while end - first > 1 {
        let middle = first + half(end - first);
        if index < middle {
            path.push(nodes.range(middle, end)?);
            end = middle;
        } else {
            path.push(nodes.range(first, middle)?);
            first = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// That the tree of `new` leaves begins with the tree of `old` leaves. `None`: there is no such proof (`old` is 0 or
/// more than `new`), or a node is missing.
pub fn consistency(nodes: &Nodes, old: u64, new: u64) -> Option<Vec<Hash>> {
    if old == 0 || old > new {
        return None;
    }
    let mut path = Vec::new();
    let (mut first, mut end) = (0, new);
    while old != end {
        let middle = first + half(end - first);
        if old <= middle {
            path.push(nodes.range(middle, end)?);
            end = middle;
        } else {
            path.push(nodes.range(first, middle)?);
            first = middle;
        }
    }
    if first > 0 {
        path.push(nodes.range(first, end)?);
    }
    path.reverse();
    Some(path)
}

/// The greatest power of two below `count`, which is more than 1.
fn half(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Whether `path` proves that the leaf with this hash stands at `index` in the tree of `size` leaves with this root.
pub fn is_included(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for beside in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(beside, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `path` proves that the tree of `new` leaves with `new_root` begins with that of `old` leaves with
/// `old_root`. Every tree begins with the empty one.
pub fn is_consistent(old: u64, old_root: &Hash, new: u64, new_root: &Hash, path: &[Hash]) -> bool {
    if old == 0 || old == new {
        let begins = if old == 0 { *old_root == empty_root() } else { old_root == new_root };
        return begins && path.is_empty();
    }
    if old > new {
        return false;
    }
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    // where the old tree is one complete subtree, it is the first node itself
    let mut path = path.iter();
    let start = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(start) = start else { return false };
    let (mut of_old, mut of_new) = (*start, *start);
    for beside in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            of_old = node_hash(beside, &of_old);
            of_new = node_hash(beside, &of_new);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, beside);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == *old_root && of_new == *new_root
}
