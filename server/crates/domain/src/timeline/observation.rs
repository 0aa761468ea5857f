//! Visit notes, vital signs, and what is measured with a code and a unit.

use super::stored::{Unsaid, stored};
use super::texts::Texts;
use crate::time::Timestamp;

/// A visit note in the SOAP form.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VisitNote {
    /// S: what the patient and the family say.
    pub subjective: String,
    /// O: what was found.
    pub objective: String,
    /// A: what it means.
    pub assessment: String,
    /// P: what will be done.
    pub plan: String,
    /// When the visit was, by the author's account.
    pub visited_at: Option<Timestamp>,
    /// Vital signs and other measurements.
    pub observations: Vec<Observation>,
}

stored! {
    /// バイタル on their own.
    pub struct VitalSigns {
        /// What was measured. Empty in a template only.
        pub observations: Vec<Observation>,
        /// When, by the author's account.
        pub measured_at: Option<Timestamp>,
        /// Posture, oxygen, what was remarkable.
        pub remark: String,
    }
}

/// One measurement (FHIR R4 `Observation`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Observation {
    /// What was measured.
    pub code: Coding,
    /// The result. Empty in a template only.
    pub value: Quantity,
}

/// A concept by code (FHIR R4 `Coding`).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Coding {
    /// URI of the code system.
    pub system: String,
    /// Code in it.
    pub code: String,
    /// What to show a person; may be empty.
    pub display: String,
}

impl Unsaid for Coding {
    fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }
}

/// A measured amount (FHIR R4 `Quantity`); the number is kept exactly as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Quantity {
    /// Decimal in ASCII.
    pub value: String,
    /// UCUM code.
    pub unit: String,
}

impl VisitNote {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { subjective, objective, assessment, plan, visited_at: _, observations } = self;
        texts.add("visit_note.subjective", subjective);
        texts.add("visit_note.objective", objective);
        texts.add("visit_note.assessment", assessment);
        texts.add("visit_note.plan", plan);
        for Observation { code, value: _ } in observations {
            texts.code("visit_note.observations.code.display", Some(code));
        }
    }
}

impl VitalSigns {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { observations, measured_at: _, remark } = self;
        for Observation { code, value: _ } in observations {
            texts.code("vital_signs.observations.code.display", Some(code));
        }
        texts.add("vital_signs.remark", remark);
    }
}
