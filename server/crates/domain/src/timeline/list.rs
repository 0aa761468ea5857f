//! Lists of all that is known at the time: problems, and allergies.

use super::Coding;
use super::stored::stored;
use super::texts::Texts;
use crate::text_enum::text_enum;

text_enum! {
    /// Whether a problem goes on (FHIR R4 `condition-clinical`).
    pub enum ProblemStatus {
        /// 治療中・継続.
        Active = "ACTIVE",
        /// 寛解.
        Remission = "REMISSION",
        /// 治癒.
        Resolved = "RESOLVED",
    }
}

text_enum! {
    /// How dangerous an allergy is (FHIR R4 `allergy-intolerance-criticality`).
    pub enum AllergyCriticality {
        /// 軽度.
        Low = "LOW",
        /// 重篤になりうる.
        High = "HIGH",
    }
}

stored! {
    /// 病名・問題リスト.
    pub struct ProblemList {
        /// The problems. Empty in a template only.
        pub problems: Vec<Problem>,
        /// Remark.
        pub remark: String,
    }

    /// A diagnosis or a problem.
    pub struct Problem {
        /// 病名.
        pub name: String,
        /// ICD-10 or MEDIS code.
        pub code: Option<Coding>,
        /// 発症時期.
        pub onset: String,
        /// Whether it goes on. Absent: it does.
        pub status: Option<ProblemStatus>,
        /// Remark.
        pub remark: String,
    }

    /// アレルギー・禁忌.
    pub struct AllergyList {
        /// The allergies.
        pub allergies: Vec<Allergy>,
        /// It was asked, and there is none.
        pub none_known: bool,
        /// Remark.
        pub remark: String,
    }

    /// One of them.
    pub struct Allergy {
        /// 原因物質.
        pub substance: String,
        /// Its code.
        pub code: Option<Coding>,
        /// 症状.
        pub reaction: String,
        /// How dangerous it is. Absent: not known.
        pub criticality: Option<AllergyCriticality>,
    }
}

impl ProblemList {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { problems, remark } = self;
        for Problem { name, code, onset, status: _, remark } in problems {
            texts.add("problem_list.problems.name", name);
            texts.code("problem_list.problems.code.display", code.as_ref());
            texts.add("problem_list.problems.onset", onset);
            texts.add("problem_list.problems.remark", remark);
        }
        texts.add("problem_list.remark", remark);
    }
}

impl AllergyList {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { allergies, none_known: _, remark } = self;
        for Allergy { substance, code, reaction, criticality: _ } in allergies {
            texts.add("allergy_list.allergies.substance", substance);
            texts.code("allergy_list.allergies.code.display", code.as_ref());
            texts.add("allergy_list.allergies.reaction", reaction);
        }
        texts.add("allergy_list.remark", remark);
    }
}
