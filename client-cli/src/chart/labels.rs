//! Where the numbers beside the marks stand: on no line, no mark and no other number. What has no such place is left out,
//! because the summary of the panel tells the least, the greatest and the newest anyway; the newest stands in any case.

use crate::drawing::Point;

/// The points of a series, oldest first, and how wide their numbers are.
pub(super) struct Numbers {
    pub(super) points: Vec<Point>,
    /// As many as there are points.
    pub(super) widths: Vec<f32>,
    /// Whether they stand rather below their marks than above.
    pub(super) below: bool,
}

/// What lies in the way beside series and their marks.
pub(super) struct Field<'a> {
    /// Where numbers may stand.
    pub(super) room: Area,
    /// Heights of lines from one side to the other.
    pub(super) rules: &'a [f32],
    /// Of the letters.
    pub(super) size: f32,
}

/// From the upper left to the lower right corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) from: Point,
    pub(super) to: Point,
}

/// A number that has a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) series: usize,
    pub(super) point: usize,
    /// What it covers; its base line is the lower edge.
    pub(super) area: Area,
}

/// The numbers that have a place, in no order.
pub(super) fn placed(all: &[Numbers], field: &Field<'_>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::new();
    for (series, point) in order(all) {
        let spots = spots(&all[series], point, field);
        let free = |spot: &&Area| hits(all, field, &placed, **spot) == 0;
        let newest = point + 1 == all[series].points.len();
        let least = || spots.iter().min_by_key(|spot| hits(all, field, &placed, **spot));
        let spot = spots.iter().find(free).or_else(|| least().filter(|_| newest));
        if let Some(area) = spot.copied() {
            placed.push(Placed { series, point, area });
        }
    }
    placed
}

/// Who chooses a place first: the newest, the highest, the lowest and the oldest, then the others from the newest on.
fn order(all: &[Numbers]) -> Vec<(usize, usize)> {
    let mut first = Vec::new();
    let mut then = Vec::new();
    for (series, Numbers { points, .. }) in all.iter().enumerate() {
        let by_height = |a: &usize, b: &usize| points[*a].1.total_cmp(&points[*b].1);
        let ends = [points.len().checked_sub(1), (0..points.len()).min_by(by_height)];
        let others = [(0..points.len()).max_by(by_height), (!points.is_empty()).then_some(0)];
        for point in ends.into_iter().chain(others).flatten() {
            if !first.contains(&(series, point)) {
                first.push((series, point));
            }
        }
        then.extend((0..points.len()).rev().map(|point| (series, point)));
    }
    then.retain(|one| !first.contains(one));
    [first, then].concat()
}

/// Places beside a mark, the best first: where the line does not go on.
fn spots(numbers: &Numbers, point: usize, field: &Field<'_>) -> [Area; 8] {
    let ((x, y), width) = (numbers.points[point], numbers.widths[point]);
    let height = field.size * CAPITAL;
    let at = |left: f32, base: f32| Area { from: (left, base - height), to: (left + width, base) };
    let (above, below) = (y - GAP, y + GAP + height);
    let higher = |neighbour: Option<&Point>| neighbour.is_some_and(|(_, other)| *other < y - 0.5);
    let before = point.checked_sub(1).and_then(|before| numbers.points.get(before));
    let after = numbers.points.get(point + 1);
    let valley = higher(before) || higher(after);
    let peak = [before, after].into_iter().flatten().any(|(_, other)| *other > y + 0.5);
    let under = if valley == peak { numbers.below } else { valley };
    let [best, other] = if under { [below, above] } else { [above, below] };
    let within = |left: f32| left.min(field.room.to.0 - width).max(field.room.from.0);
    let [middle, left, right] = [x - width / 2.0, x - width + 1.5, x - 1.5].map(within);
    [
        at(middle, best),
        at(left, best),
        at(right, best),
        at(middle, other),
        at(left, other),
        at(right, other),
        at(x + GAP, y + height / 2.0),
        at(x - GAP - width, y + height / 2.0),
    ]
}

/// How much lies on the place, or how far it is out of the room.
fn hits(all: &[Numbers], field: &Field<'_>, placed: &[Placed], spot: Area) -> usize {
    let wide = spot.wider(PAD);
    let outside = spot.from.0 < field.room.from.0
        || spot.from.1 < field.room.from.1
        || spot.to.0 > field.room.to.0
        || spot.to.1 > field.room.to.1;
    let lines: usize = all.iter().map(|numbers| met(&numbers.points, wide)).sum();
    let numbers = placed.iter().filter(|other| other.area.meets(spot.wider(BETWEEN))).count();
    let rules = field.rules.iter().filter(|rule| wide.from.1 < **rule && **rule < wide.to.1).count();
    (if outside { OUTSIDE } else { 0 }) + MUCH * numbers + lines + rules
}

/// Marks and lines between them that lie on a place. Points stand from left to right.
fn met(points: &[Point], spot: Area) -> usize {
    let first = points.partition_point(|(x, _)| *x < spot.from.0 - MARK).saturating_sub(1);
    let end = points.partition_point(|(x, _)| *x <= spot.to.0 + MARK);
    let near = &points[first..(end + 1).min(points.len())];
    let marks = near
        .iter()
        .filter(|(x, y)| spot.meets(Area { from: (x - MARK, y - MARK), to: (x + MARK, y + MARK) }));
    marks.count() + near.windows(2).filter(|pair| spot.crossed(pair[0], pair[1])).count()
}

impl Area {
    pub(super) fn wider(self, by: f32) -> Self {
        Self { from: (self.from.0 - by, self.from.1 - by), to: (self.to.0 + by, self.to.1 + by) }
    }

    fn meets(&self, other: Self) -> bool {
        self.from.0 < other.to.0
            && other.from.0 < self.to.0
            && self.from.1 < other.to.1
            && other.from.1 < self.to.1
    }

    /// Whether some of the line from one point to another lies inside (the clipping of Liang and Barsky).
    pub(super) fn crossed(&self, from: Point, to: Point) -> bool {
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
        for (step, room) in [
            (-right, from.0 - self.from.0),
            (right, self.to.0 - from.0),
            (-down, from.1 - self.from.1),
            (down, self.to.1 - from.1),
        ] {
            if step == 0.0 {
                if room < 0.0 {
                    return false;
                }
            } else if step < 0.0 {
                enters = enters.max(room / step);
            } else {
                leaves = leaves.min(room / step);
            }
        }
        enters <= leaves
    }
}

/// How high figures are, in sizes of the letters.
const CAPITAL: f32 = 0.74;
/// Between a mark and its number.
const GAP: f32 = 4.6;
/// Around a number, where no line goes, and between it and another one.
const PAD: f32 = 0.8;
const BETWEEN: f32 = 2.5;
/// Half of the height of the largest mark.
const MARK: f32 = 3.2;
/// What weighs more than lines where every place is taken.
const MUCH: usize = 1_000;
const OUTSIDE: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOM: Area = Area { from: (30.0, 0.0), to: (550.0, 110.0) };

    fn numbers(heights: &[f32], below: bool) -> Numbers {
        let step = 500.0 / heights.len() as f32;
        let points = heights.iter().enumerate().map(|(at, y)| (40.0 + at as f32 * step, *y)).collect();
        Numbers { points, widths: vec![14.0; heights.len()], below }
    }

    fn of(all: &[Numbers], rules: &[f32]) -> Vec<Placed> {
        placed(all, &Field { room: ROOM, rules, size: 7.0 })
    }

    #[test]
    fn peaks_have_theirs_above_and_valleys_below() {
        let all = [numbers(&[60.0, 30.0, 60.0, 90.0, 60.0], false)];
        let found = of(&all, &[]);
        assert_eq!(found.len(), 5);
        let area = |point| found.iter().find(|placed| placed.point == point).unwrap().area;
        assert!(area(1).to.1 < 30.0 && area(3).from.1 > 90.0, "{found:?}");
    }

    #[test]
    fn where_every_place_is_taken_only_the_newest_stands() {
        let dense: Vec<f32> = (0..400).map(|at| if at % 2 == 0 { 5.0 } else { 105.0 }).collect();
        let found = of(&[numbers(&dense, false)], &[]);
        assert!(found.iter().any(|placed| placed.point == 399) && found.len() < 60, "{}", found.len());
    }

    #[test]
    fn a_line_from_side_to_side_is_free_too() {
        let found = of(&[numbers(&[50.0, 50.0, 50.0], false)], &[44.0]);
        assert!(
            found.iter().all(|placed| placed.area.from.1 > 50.0),
            "below, since the rule lies above: {found:?}"
        );
    }

    proptest! {
        #[test]
        fn none_lies_on_a_line_or_on_another_number(
            upper in prop::collection::vec(2.0..60.0f32, 1..60),
            lower in prop::collection::vec(40.0..108.0f32, 1..60),
        ) {
            let all = [numbers(&upper, false), numbers(&lower, true)];
            let found = of(&all, &[55.0]);
            for one in &found {
                let newest = one.point + 1 == all[one.series].points.len();
                if newest {
                    continue;
                }
                prop_assert!(one.area.from.0 >= ROOM.from.0 && one.area.to.1 <= ROOM.to.1, "{one:?}");
                for line in &all {
                    let crossed = line.points.windows(2).any(|pair| one.area.crossed(pair[0], pair[1]));
                    prop_assert!(!crossed, "{one:?}");
                }
                let others = found.iter().filter(|other| other.area.meets(one.area)).count();
                prop_assert!(others == 1, "itself alone: {one:?}");
            }
            for (series, line) in all.iter().enumerate() {
                let stands = |one: &Placed| one.series == series && one.point + 1 == line.points.len();
                prop_assert!(found.iter().any(stands));
            }
        }
    }
}
