use super::*;

/// MTH of RFC 9162, as it is written there.
fn by_the_rfc(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let k = 1 << (leaves.len() - 1).ilog2();
            node_hash(&by_the_rfc(&leaves[..k]), &by_the_rfc(&leaves[k..]))
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

#[test]
fn the_root_is_that_of_the_rfc() {
    let leaves = leaves(600);
    let mut frontier = Frontier::default();
    for size in 0..leaves.len() {
        assert_eq!(frontier.root(), by_the_rfc(&leaves[..size]), "{size}");
        frontier.push(leaves[size], |_| {});
    }
}

#[test]
fn kept_nodes_are_the_roots_of_complete_runs() {
    let leaves = leaves(2 * 65_536 + 300);
    let (mut frontier, mut made) = (Frontier::default(), Vec::new());
    for leaf in &leaves {
        frontier.push(*leaf, |node| made.push(node));
    }
    assert_eq!(made.iter().filter(|node| node.level == 1).count(), 513);
    assert_eq!(made.iter().filter(|node| node.level == 2).count(), 2);
    assert_eq!(made.len(), 515);
    for node in made.iter().step_by(37).chain(made.iter().filter(|node| node.level == 2)) {
        let width = 256_usize.pow(node.level);
        let first = node.index as usize * width;
        assert_eq!(node.hash, by_the_rfc(&leaves[first..first + width]), "{node:?}");
    }
}

#[test]
fn a_right_edge_is_loaded_from_the_runs_that_are_named() {
    let leaves = leaves(66_000);
    let (mut frontier, mut all) = (Frontier::default(), Nodes::default());
    for (index, leaf) in (0..).zip(&leaves) {
        all.insert(0, index, *leaf);
        frontier.push(*leaf, |node| all.insert(node.level, node.index, node.hash));
        let size = index + 1;
        if size < 1030 || size % 251 == 0 || (65_530..65_800).contains(&size) {
            let mut named = Nodes::default();
            for run in runs(&[], size) {
                assert!(run.end - run.first <= RUN);
                for at in run.first..run.end {
                    named.insert(run.level, at, all.0[&(run.level, at)]);
                }
            }
            assert_eq!(Frontier::load(size, &named), Some(frontier.clone()), "{size}");
        }
    }
    assert_eq!(Frontier::load(3, &Nodes::default()), None);
}
