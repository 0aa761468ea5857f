//! How guarded content is, and what of it somebody sees.

use crate::category::Category;
use crate::text_enum::text_enum;

text_enum! {
    /// How guarded content is (HL7 v3 `ActCode` sensitivity). All but normal are restricted: a consent must
    /// name them.
    pub enum Sensitivity {
        /// 通常.
        Normal = "NORMAL",
        /// 精神.
        MentalHealth = "MENTAL_HEALTH",
        /// 依存症.
        SubstanceUse = "SUBSTANCE_USE",
        /// 感染症.
        Infection = "INFECTION",
        /// 遺伝.
        Genetic = "GENETIC",
        /// 虐待・暴力.
        Abuse = "ABUSE",
    }
}

/// A set of kinds of content: of pairs of category and sensitivity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight(u128);

/// Sensitivities that fit beside each other for each category.
const WIDTH: usize = 8;
const _: () = assert!(Sensitivity::ALL.len() <= WIDTH && Category::ALL.len() * WIDTH <= 128);

fn bit(category: Category, sensitivity: Sensitivity) -> u128 {
    1 << (category as usize * WIDTH + sensitivity as usize)
}

impl Sight {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Every pair that there is, in the order of declaration.
    pub fn kinds() -> impl Iterator<Item = (Category, Sensitivity)> {
        Sensitivity::ALL.iter().flat_map(|s| Category::ALL.iter().map(move |c| (*c, *s)))
    }

    /// Whether this kind is in it.
    pub fn contains(self, category: Category, sensitivity: Sensitivity) -> bool {
        self.0 & bit(category, sensitivity) != 0
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in it, normal content first.
    pub fn iter(self) -> impl Iterator<Item = (Category, Sensitivity)> {
        Self::kinds().filter(move |(category, sensitivity)| self.contains(*category, *sensitivity))
    }

    /// The set as a short text that differs from that of every other set.
    pub fn key(self) -> String {
        format!("{:x}", self.0)
    }
}

impl FromIterator<(Category, Sensitivity)> for Sight {
    fn from_iter<I: IntoIterator<Item = (Category, Sensitivity)>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, (category, sensitivity)| set | bit(category, sensitivity)))
    }
}
