//! Random numbers that a seed brings back.

/// A SplitMix64 generator (Steele, Lea, Flood 2014).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers for one case of a run with this seed, whichever thread takes it.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut start = Self(seed);
        Self(start.next() ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: usize) -> usize {
        // The remainder's bias is far below what a run could show.
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    /// Whether it happens, if it does in so many of a hundred cases.
    pub fn percent(&mut self, of_a_hundred: usize) -> bool {
        self.below(100) < of_a_hundred
    }

    /// One of these, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// At most so many of these, each once, in their order; `mine` more often than the others.
    pub fn some<T: Copy + PartialEq>(&mut self, values: &[T], most: usize, mine: Option<T>) -> Vec<T> {
        let mut chosen: Vec<T> = Vec::new();
        for _ in 0..=self.below(most) {
            chosen.push(self.pick(values));
        }
        if mine.is_some() && self.percent(50) {
            chosen.extend(mine);
        }
        values.iter().copied().filter(|value| chosen.contains(value)).collect()
    }
}
