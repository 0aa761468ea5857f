//! What nurses are told to do, and wounds.

use jiff::Span;
use jiff::civil::Date;

use super::Coding;
use super::stored::stored;
use super::texts::Texts;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// Which kind of instruction.
    pub enum NursingInstructionType {
        /// 訪問看護指示書.
        Ordinary = "ORDINARY",
        /// 特別訪問看護指示書.
        Special = "SPECIAL",
        /// 在宅患者訪問点滴注射指示書.
        Infusion = "INFUSION",
        /// 精神科訪問看護指示書.
        Psychiatric = "PSYCHIATRIC",
    }
}

stored! {
    /// 訪問看護指示書.
    pub struct NursingInstruction {
        /// Which of them. Absent in a template only.
        pub instruction_type: Option<NursingInstructionType>,
        /// 指示期間 from. Absent in a template only.
        pub first_date: Option<Date>,
        /// To, including it. Absent in a template only.
        pub last_date: Option<Date>,
        /// 主たる傷病名. Empty in a template only.
        pub diagnosis: String,
        /// 病状・治療状態.
        pub condition: String,
        /// 投与中の薬剤の用量・用法.
        pub medication: String,
        /// 装着・使用医療機器等.
        pub devices: String,
        /// 褥瘡の深さ.
        pub pressure_ulcer: String,
        /// 留意事項及び指示事項. Empty in a template only.
        pub instruction: String,
        /// リハビリテーション.
        pub rehabilitation: String,
        /// 緊急時の連絡先.
        pub emergency_contact: String,
        /// 訪問看護ステーション that it is for.
        pub station: String,
    }

    /// 創傷・褥瘡. Entries with the same `series` are one wound over time.
    pub struct Wound {
        /// Which wound. Empty in a template only.
        pub series: String,
        /// When it was seen.
        pub observed_at: Option<Timestamp>,
        /// Body site.
        pub site: Option<Coding>,
        /// 褥瘡, 術後創, 熱傷 and the like.
        pub wound_type: String,
        /// 長径 in millimetres, from 1.
        pub length_mm: Option<u16>,
        /// 短径 in millimetres, from 1.
        pub width_mm: Option<u16>,
        /// 深さ in millimetres, from 1.
        pub depth_mm: Option<u16>,
        /// DESIGN-R2020.
        pub design_r: String,
        /// 所見.
        pub finding: String,
        /// 処置.
        pub treatment: String,
    }
}

impl NursingInstructionType {
    /// The last day that an instruction from `first` may hold: for six months, 特別 for 14 days, both days counted.
    pub fn latest(self, first: Date) -> Date {
        let (span, months) = match self {
            Self::Special => (Span::new().days(14), false),
            Self::Ordinary | Self::Infusion | Self::Psychiatric => (Span::new().months(6), true),
        };
        let Ok(after) = first.checked_add(span) else { return Date::MAX };
        // half a year from 31 August has no such day, and ends with February
        if months && after.day() != first.day() { after } else { after.yesterday().unwrap_or(after) }
    }
}

impl NursingInstruction {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            instruction_type: _,
            first_date: _,
            last_date: _,
            diagnosis,
            condition,
            medication,
            devices,
            pressure_ulcer,
            instruction,
            rehabilitation,
            emergency_contact,
            station,
        } = self;
        texts.add("nursing_instruction.diagnosis", diagnosis);
        texts.add("nursing_instruction.condition", condition);
        texts.add("nursing_instruction.medication", medication);
        texts.add("nursing_instruction.devices", devices);
        texts.add("nursing_instruction.pressure_ulcer", pressure_ulcer);
        texts.add("nursing_instruction.instruction", instruction);
        texts.add("nursing_instruction.rehabilitation", rehabilitation);
        texts.add("nursing_instruction.emergency_contact", emergency_contact);
        texts.add("nursing_instruction.station", station);
    }
}

impl Wound {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            series,
            observed_at: _,
            site,
            wound_type,
            length_mm: _,
            width_mm: _,
            depth_mm: _,
            design_r,
            finding,
            treatment,
        } = self;
        texts.add("wound.series", series);
        texts.code("wound.site.display", site.as_ref());
        texts.add("wound.type", wound_type);
        texts.add("wound.design_r", design_r);
        texts.add("wound.finding", finding);
        texts.add("wound.treatment", treatment);
    }
}
