//! Proofs against another implementation, ct-merkle, which keeps its whole tree in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use renkei_audit_log::proof::{consistency, inclusion, is_consistent, is_included};
use renkei_audit_log::tree::{Frontier, Hash, Nodes, leaf_hash, runs};
use sha2::Sha256;

fn leaf(n: u64) -> Vec<u8> {
    n.to_be_bytes().repeat(1 + n as usize % 3)
}

/// Everything that is kept, and the roots of all sizes.
struct Log {
    kept: Nodes,
    roots: Vec<Hash>,
    theirs: MemoryBackedTree<Sha256, Vec<u8>>,
    their_roots: Vec<RootHash<Sha256>>,
}

impl Log {
    fn new(size: u64) -> Self {
        let (mut frontier, mut kept) = (Frontier::default(), Nodes::default());
        let mut theirs = MemoryBackedTree::new();
        let (mut roots, mut their_roots) = (vec![frontier.root()], vec![theirs.root()]);
        for n in 0..size {
            let hash = leaf_hash(&leaf(n));
            kept.insert(0, n, hash);
            frontier.push(hash, |node| kept.insert(node.level, node.index, node.hash));
            roots.push(frontier.root());
            theirs.push(leaf(n));
            their_roots.push(theirs.root());
        }
        Self { kept, roots, theirs, their_roots }
    }

    /// Only the runs that proofs about these points need.
    fn named(&self, points: &[u64], size: u64) -> Nodes {
        let mut named = Nodes::default();
        for run in runs(points, size) {
            for at in run.first..run.end {
                named.insert(run.level, at, self.kept.get(run.level, at).unwrap());
            }
        }
        named
    }
}

#[test]
fn both_make_and_accept_the_same_proofs() {
    let log = Log::new(700);
    for size in 1..=700_u64 {
        let (root, theirs) = (log.roots[size as usize], &log.their_roots[size as usize]);
        assert_eq!(root[..], theirs.as_bytes()[..]);
        let step = if size < 20 { 1 } else { 1 + size / 7 };
        for index in (0..size).step_by(step as usize).chain([size - 1]) {
            let path = inclusion(&log.named(&[index], size), index, size).unwrap();
            assert!(is_included(&leaf_hash(&leaf(index)), index, size, &path, &root), "{index} in {size}");
            let proof = InclusionProof::try_from_bytes(path.concat()).unwrap();
            theirs.verify_inclusion(&leaf(index), index, &proof).unwrap();
            assert!(!is_included(&leaf_hash(&leaf(index + 1)), index, size, &path, &root));
            let old = index + 1;
            let path = consistency(&log.named(&[old], size), old, size).unwrap();
            assert!(is_consistent(old, &log.roots[old as usize], size, &root, &path), "{old} to {size}");
            if old < size {
                let proof = ConsistencyProof::try_from_bytes(path.concat()).unwrap();
                theirs.verify_consistency(&log.their_roots[old as usize], &proof).unwrap();
                assert!(!is_consistent(old, &log.roots[old as usize - 1], size, &root, &path));
            }
        }
    }
    for index in (0..700).step_by(31) {
        let theirs = log.theirs.prove_inclusion(index);
        assert_eq!(inclusion(&log.kept, index as u64, 700).unwrap().concat(), theirs.as_bytes());
    }
    for added in (1..700).step_by(31) {
        let theirs = log.theirs.prove_consistency(added);
        assert_eq!(consistency(&log.kept, 700 - added as u64, 700).unwrap().concat(), theirs.as_bytes());
    }
}

#[test]
fn there_is_no_proof_of_what_is_not() {
    let log = Log::new(9);
    assert_eq!(inclusion(&log.kept, 9, 9), None);
    assert_eq!(consistency(&log.kept, 0, 9), None);
    assert_eq!(consistency(&log.kept, 10, 9), None);
    assert!(is_consistent(0, &log.roots[0], 9, &log.roots[9], &[]));
    assert!(!is_consistent(0, &log.roots[1], 9, &log.roots[9], &[]));
    assert!(is_consistent(9, &log.roots[9], 9, &log.roots[9], &[]));
    assert!(!is_consistent(9, &log.roots[9], 8, &log.roots[8], &[]));
}

proptest! {
    #[test]
    fn a_wrong_proof_is_refused(
        size in 2u64..2000, at in any::<prop::sample::Index>(), damage in any::<prop::sample::Index>(),
    ) {
        thread_local!(static LOG: Log = Log::new(2000));
        LOG.with(|log| {
            let index = at.index(size as usize) as u64;
            let root = log.roots[size as usize];
            let mut path = inclusion(&log.named(&[index], size), index, size).unwrap();
            let hash = leaf_hash(&leaf(index));
            assert!(is_included(&hash, index, size, &path, &root));
            assert!(!is_included(&hash, index, size, &path[1..], &root));
            assert!(!is_included(&hash, index ^ 1, size, &path, &root));
            let place = damage.index(path.len());
            path[place][damage.index(32)] ^= 1;
            assert!(!is_included(&hash, index, size, &path, &root));

            let old = index.max(1);
            let mut path = consistency(&log.named(&[old], size), old, size).unwrap();
            let old_root = log.roots[old as usize];
            assert!(is_consistent(old, &old_root, size, &root, &path));
            if !path.is_empty() {
                assert!(!is_consistent(old, &old_root, size, &root, &path[1..]));
                let place = damage.index(path.len());
                path[place][damage.index(32)] ^= 1;
                assert!(!is_consistent(old, &old_root, size, &root, &path));
            }
        });
    }

    #[test]
    fn hostile_proofs_do_not_panic(
        one in any::<u64>(), other in any::<u64>(), path in prop::collection::vec(any::<[u8; 32]>(), 0..80),
    ) {
        assert!(!is_included(&[1; 32], one, other, &path, &[2; 32]));
        assert!(!is_consistent(one, &[1; 32], other, &[2; 32], &path));
    }
}
