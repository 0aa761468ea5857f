//! Drugs: prescribed, dispensed, left over, or taken or not.

use jiff::civil::Date;

use super::stored::stored;
use super::texts::Texts;
use super::{Coding, Quantity};
use crate::text_enum::text_enum;

text_enum! {
    /// What is told of the drugs.
    pub enum MedicationEvent {
        /// 処方.
        Prescription = "PRESCRIPTION",
        /// 調剤.
        Dispensing = "DISPENSING",
        /// 残薬.
        Residual = "RESIDUAL",
        /// 服薬状況.
        Adherence = "ADHERENCE",
    }
}

text_enum! {
    /// 服薬状況.
    pub enum Adherence {
        /// 良好: taken as prescribed.
        Good = "GOOD",
        /// ときどき飲み忘れ.
        Partial = "PARTIAL",
        /// 不良.
        Poor = "POOR",
        /// 自己中断.
        Stopped = "STOPPED",
    }
}

stored! {
    /// What is told of drugs.
    pub struct Medication {
        /// Which of the events. Absent in a template only.
        pub event: Option<MedicationEvent>,
        /// The drugs.
        pub items: Vec<MedicationItem>,
        /// 処方日, 調剤日 or 確認日.
        pub effective_date: Option<Date>,
        /// 服薬状況 as a whole.
        pub adherence: Option<Adherence>,
        /// Remark.
        pub remark: String,
    }

    /// One drug.
    pub struct MedicationItem {
        /// Name, with its strength.
        pub name: String,
        /// HOT, YJ or receipt code.
        pub code: Option<Coding>,
        /// 用量.
        pub dose: String,
        /// 用法.
        pub usage: String,
        /// 日数, or 回数 of what is taken as needed; from 1.
        pub days: Option<u16>,
        /// 総量, or 残数.
        pub quantity: Option<Quantity>,
        /// 頓用.
        pub as_needed: bool,
        /// Remark.
        pub remark: String,
    }
}

impl MedicationEvent {
    /// Whether it tells of drugs one by one, so that there must be one.
    pub fn wants_item(self) -> bool {
        match self {
            Self::Prescription | Self::Dispensing | Self::Residual => true,
            Self::Adherence => false,
        }
    }
}

impl Medication {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { event: _, items, effective_date: _, adherence: _, remark } = self;
        for item in items {
            let MedicationItem { name, code, dose, usage, days: _, quantity: _, as_needed: _, remark } = item;
            texts.add("medication.items.name", name);
            texts.code("medication.items.code.display", code.as_ref());
            texts.add("medication.items.dose", dose);
            texts.add("medication.items.usage", usage);
            texts.add("medication.items.remark", remark);
        }
        texts.add("medication.remark", remark);
    }
}
