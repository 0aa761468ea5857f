//! The Merkle tree of RFC 9162: SHA-256 over `00` ‖ leaf, and over `01` ‖ left ‖ right.
//!
//! What is kept of it: the hash of every leaf (level 0), of every complete run of 256 leaves (level 1), of every
//! complete run of 256 of those (level 2) and so on. Nothing that is kept ever changes. With one run of each level
//! along the path of a leaf and along the right edge, any proof can be made.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// How many nodes of a level become one of the next: 2^8.
pub const RUN: u64 = 256;
/// Height of a level over the one below.
const RUN_HEIGHT: u32 = 8;

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of a node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A kept node: its level, its place in the level, its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Level, from 1.
    pub level: u32,
    /// Place in the level, from 0.
    pub index: u64,
    /// Hash.
    pub hash: Hash,
}

/// The right edge of a tree: all that is needed to go on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The complete subtrees that the tree is made of, the greatest first: one for each bit of the size.
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// The right edge of the tree of `size` leaves. `None`: a node is missing; [`runs`] says which are needed.
    pub fn load(size: u64, nodes: &Nodes) -> Option<Self> {
        let subtrees = complete(0, size).map(|(height, index)| nodes.subtree(height, index));
        Some(Self { size, subtrees: subtrees.collect::<Option<_>>()? })
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash; `made` gets the nodes above the leaves that are complete with it.
    pub fn push(&mut self, leaf: Hash, mut made: impl FnMut(Node)) {
        let mut hash = leaf;
        for height in 1..=self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
            if height.is_multiple_of(RUN_HEIGHT) {
                made(Node { level: height / RUN_HEIGHT, index: self.size >> height, hash });
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// The tree's root.
    pub fn root(&self) -> Hash {
        joined(self.subtrees.iter().copied()).unwrap_or_else(empty_root)
    }
}

/// Joins subtrees of falling height into one hash, from the right.
fn joined(subtrees: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    subtrees.rev().reduce(|right, left| node_hash(&left, &right))
}

/// The complete subtrees that the leaves from `first` up to before `end` are made of, as height and place at that
/// height, the greatest first. `first` is a multiple of the greatest.
fn complete(first: u64, end: u64) -> impl Iterator<Item = (u32, u64)> {
    let count = end - first;
    (0..u64::BITS).rev().filter(move |height| count >> height & 1 == 1).map(move |height| {
        let before = count >> height >> 1 << 1 << height;
        (height, (first + before) >> height)
    })
}

/// A run of nodes of one level that a proof needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// Level; 0 are the leaves.
    pub level: u32,
    /// The first node.
    pub first: u64,
    /// Behind the last: at most [`RUN`] further.
    pub end: u64,
}

/// The runs in which everything stands that proofs about these leaves or sizes need, in a tree of `size` leaves.
pub fn runs(points: &[u64], size: u64) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for point in points.iter().copied().chain([size]) {
        for level in 0..u64::BITS / RUN_HEIGHT {
            let (nodes, at) = (size >> (level * RUN_HEIGHT), point >> (level * RUN_HEIGHT));
            let first = at / RUN * RUN;
            let run = Run { level, first, end: nodes.min(first.saturating_add(RUN)) };
            if run.first < run.end && !runs.contains(&run) {
                runs.push(run);
            }
        }
    }
    runs
}

/// Kept nodes by level and place.
#[derive(Clone, Debug, Default)]
pub struct Nodes(HashMap<(u32, u64), Hash>);

impl Nodes {
    /// Adds a node; level 0 are the leaves.
    pub fn insert(&mut self, level: u32, index: u64, hash: Hash) {
        self.0.insert((level, index), hash);
    }

    /// The node at this place, if it is here.
    pub fn get(&self, level: u32, index: u64) -> Option<Hash> {
        self.0.get(&(level, index)).copied()
    }

    /// The hash of the complete subtree of 2^`height` leaves at this place. `None`: a node is missing.
    fn subtree(&self, height: u32, index: u64) -> Option<Hash> {
        let (level, above) = (height / RUN_HEIGHT, height % RUN_HEIGHT);
        let first = index << above;
        let nodes = first..first + (1 << above);
        let mut hashes: Vec<Hash> = nodes.map(|node| self.get(level, node)).collect::<Option<_>>()?;
        while hashes.len() > 1 {
            hashes = hashes.chunks(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
        }
        hashes.pop()
    }

    /// The hash of the leaves from `first` up to before `end`, as RFC 9162 has it.
    pub(crate) fn range(&self, first: u64, end: u64) -> Option<Hash> {
        let subtrees: Option<Vec<Hash>> =
            complete(first, end).map(|(height, index)| self.subtree(height, index)).collect();
        joined(subtrees?.into_iter())
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
