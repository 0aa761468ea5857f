//! ADL and daily life.

use super::stored::stored;
use super::texts::Texts;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// The items of the Barthel index.
    pub enum AdlItem {
        /// 食事.
        Feeding = "FEEDING",
        /// 移乗.
        Transfer = "TRANSFER",
        /// 整容.
        Grooming = "GROOMING",
        /// トイレ動作.
        ToiletUse = "TOILET_USE",
        /// 入浴.
        Bathing = "BATHING",
        /// 歩行.
        Mobility = "MOBILITY",
        /// 階段昇降.
        Stairs = "STAIRS",
        /// 着替え.
        Dressing = "DRESSING",
        /// 排便コントロール.
        Bowels = "BOWELS",
        /// 排尿コントロール.
        Bladder = "BLADDER",
    }
}

text_enum! {
    /// 障害高齢者の日常生活自立度.
    pub enum DisabilityLevel {
        /// 自立.
        Independent = "INDEPENDENT",
        /// J1.
        J1 = "J1",
        /// J2.
        J2 = "J2",
        /// A1.
        A1 = "A1",
        /// A2.
        A2 = "A2",
        /// B1.
        B1 = "B1",
        /// B2.
        B2 = "B2",
        /// C1.
        C1 = "C1",
        /// C2.
        C2 = "C2",
    }
}

text_enum! {
    /// 認知症高齢者の日常生活自立度.
    pub enum DementiaLevel {
        /// 自立.
        Independent = "INDEPENDENT",
        /// Ⅰ.
        I = "I",
        /// Ⅱa.
        Iia = "IIA",
        /// Ⅱb.
        Iib = "IIB",
        /// Ⅲa.
        Iiia = "IIIA",
        /// Ⅲb.
        Iiib = "IIIB",
        /// Ⅳ.
        Iv = "IV",
        /// M.
        M = "M",
    }
}

stored! {
    /// ADL・生活.
    pub struct DailyLife {
        /// When it was seen.
        pub assessed_at: Option<Timestamp>,
        /// Items of the Barthel index, each once.
        pub scores: Vec<AdlScore>,
        /// 障害高齢者の日常生活自立度.
        pub disability_level: Option<DisabilityLevel>,
        /// 認知症高齢者の日常生活自立度.
        pub dementia_level: Option<DementiaLevel>,
        /// 食事.
        pub meals: String,
        /// 排泄.
        pub excretion: String,
        /// 入浴・清潔.
        pub bathing: String,
        /// 睡眠.
        pub sleep: String,
        /// 精神・意欲.
        pub mood: String,
        /// その他.
        pub remark: String,
    }
}

/// An item of the Barthel index.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AdlScore {
    /// Which. Absent in a template only.
    pub item: Option<AdlItem>,
    /// 0, 5, 10 or 15, at most as many as the item has.
    pub points: u8,
}

impl AdlItem {
    /// The points of who needs no help with it.
    pub fn most_points(self) -> u8 {
        match self {
            Self::Grooming | Self::Bathing => 5,
            Self::Feeding
            | Self::ToiletUse
            | Self::Stairs
            | Self::Dressing
            | Self::Bowels
            | Self::Bladder => 10,
            Self::Transfer | Self::Mobility => 15,
        }
    }
}

impl DailyLife {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            assessed_at: _,
            scores: _,
            disability_level: _,
            dementia_level: _,
            meals,
            excretion,
            bathing,
            sleep,
            mood,
            remark,
        } = self;
        texts.add("daily_life.meals", meals);
        texts.add("daily_life.excretion", excretion);
        texts.add("daily_life.bathing", bathing);
        texts.add("daily_life.sleep", sleep);
        texts.add("daily_life.mood", mood);
        texts.add("daily_life.remark", remark);
    }
}
