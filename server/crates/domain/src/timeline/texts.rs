//! The texts of what an entry says, for search. Every kind takes its struct apart field by field, so that a new
//! field does not compile until it is said whether it is searched.

use super::{Coding, Content};

/// Collects texts, each with its place in the proto's `EntryContent`, without indexes.
#[derive(Default)]
pub(super) struct Texts<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Texts<'a> {
    pub(super) fn add(&mut self, field: &'static str, text: &'a str) {
        if !text.is_empty() {
            self.0.push((field, text));
        }
    }

    /// What a code shows to a person.
    pub(super) fn code(&mut self, field: &'static str, code: Option<&'a Coding>) {
        if let Some(Coding { system: _, code: _, display }) = code {
            self.add(field, display);
        }
    }
}

impl Content {
    /// Every text that is not empty, with its place in the proto's `EntryContent`, without indexes. Codes, units and
    /// numbers are none.
    pub fn texts(&self) -> Vec<(&'static str, &str)> {
        let mut texts = Texts::default();
        match self {
            Self::VisitNote(note) => note.texts(&mut texts),
            Self::Message(message) => message.texts(&mut texts),
            Self::Notice(notice) => notice.texts(&mut texts),
            Self::VitalSigns(signs) => signs.texts(&mut texts),
            Self::Medication(medication) => medication.texts(&mut texts),
            Self::LaboratoryReport(report) => report.texts(&mut texts),
            Self::NursingInstruction(instruction) => instruction.texts(&mut texts),
            Self::ReferralLetter(letter) => letter.texts(&mut texts),
            Self::CarePlan(plan) => plan.texts(&mut texts),
            Self::DailyLife(life) => life.texts(&mut texts),
            Self::ConferenceMinutes(minutes) => minutes.texts(&mut texts),
            Self::AdmissionInformation(admission) => admission.texts(&mut texts),
            Self::DischargeSummary(summary) => summary.texts(&mut texts),
            Self::Wound(wound) => wound.texts(&mut texts),
            Self::Memo(memo) => memo.texts(&mut texts),
            Self::Document(document) => document.texts(&mut texts),
            Self::ProblemList(list) => list.texts(&mut texts),
            Self::AllergyList(list) => list.texts(&mut texts),
            Self::Retraction(retraction) => retraction.texts(),
        }
        texts.0
    }
}
