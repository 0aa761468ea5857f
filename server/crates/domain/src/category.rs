//! Categories of content, which consents permit and every entry has one of.

use crate::text_enum::text_enum;

text_enum! {
    /// What kind of content an entry is, as far as consent is concerned.
    pub enum Category {
        /// 訪問記録.
        VisitNote = "VISIT_NOTE",
        /// バイタル.
        VitalSigns = "VITAL_SIGNS",
        /// 薬剤.
        Medication = "MEDICATION",
        /// 検査.
        Laboratory = "LABORATORY",
        /// 看護.
        Nursing = "NURSING",
        /// ケアプラン.
        CarePlan = "CARE_PLAN",
        /// ADL・生活.
        DailyLife = "DAILY_LIFE",
        /// カンファレンス.
        Conference = "CONFERENCE",
        /// 紹介・入退院.
        Referral = "REFERRAL",
        /// 連絡.
        Message = "MESSAGE",
        /// 文書.
        Document = "DOCUMENT",
        /// お知らせ: what the server posts about consent and the care team.
        Notice = "NOTICE",
    }
}

impl Category {
    /// Whether consents are about it: notices are seen by everybody who sees anything of the patient.
    pub fn is_consentable(self) -> bool {
        self != Self::Notice
    }

    /// The categories that consents are about.
    pub fn consentable() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|category| category.is_consentable())
    }
}

/// A set of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategorySet(u16);

impl CategorySet {
    /// No category.
    pub const EMPTY: Self = Self(0);

    /// Every category.
    pub fn all() -> Self {
        Category::ALL.iter().copied().collect()
    }

    /// Whether `category` is in it.
    pub fn contains(self, category: Category) -> bool {
        self.0 & bit(category) != 0
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL.iter().copied().filter(move |category| self.contains(*category))
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        Self(categories.into_iter().fold(0, |set, category| set | bit(category)))
    }
}

fn bit(category: Category) -> u16 {
    1 << (category as u16)
}
