//! Laboratory results.

use super::stored::stored;
use super::texts::Texts;
use super::{Coding, Quantity};
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// How a result lies to what is usual (HL7 v3 `ObservationInterpretation`).
    pub enum Interpretation {
        /// 基準値内.
        Normal = "NORMAL",
        /// 低値.
        Low = "LOW",
        /// 高値.
        High = "HIGH",
        /// 緊急低値.
        CriticalLow = "CRITICAL_LOW",
        /// 緊急高値.
        CriticalHigh = "CRITICAL_HIGH",
        /// 異常.
        Abnormal = "ABNORMAL",
    }
}

stored! {
    /// 検査結果.
    pub struct LaboratoryReport {
        /// The results. Empty in a template only.
        pub results: Vec<LaboratoryResult>,
        /// 採取日時.
        pub collected_at: Option<Timestamp>,
        /// Who examined it.
        pub laboratory: String,
        /// Remark.
        pub remark: String,
    }

    /// One result.
    pub struct LaboratoryResult {
        /// What was examined.
        pub code: Coding,
        /// The result as a number.
        pub value: Option<Quantity>,
        /// The result in words, where there is no number.
        pub text: String,
        /// 基準下限: a decimal in the unit of the value; may be empty.
        pub low: String,
        /// 基準上限, likewise.
        pub high: String,
        /// How it lies to them.
        pub interpretation: Option<Interpretation>,
    }
}

impl LaboratoryReport {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { results, collected_at: _, laboratory, remark } = self;
        for LaboratoryResult { code, value: _, text, low: _, high: _, interpretation: _ } in results {
            texts.code("laboratory_report.results.code.display", Some(code));
            texts.add("laboratory_report.results.text", text);
        }
        texts.add("laboratory_report.laboratory", laboratory);
        texts.add("laboratory_report.remark", remark);
    }
}
