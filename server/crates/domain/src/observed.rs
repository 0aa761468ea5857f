//! Measurements as they stand in entries: of visit notes, vital signs and laboratory reports.

use jiff::civil::Date;
use jiff::tz::Offset;

use crate::id::EntryId;
use crate::identity::Actor;
use crate::time::Timestamp;
use crate::timeline::{Coding, Content, Entry, EntryKind, Interpretation, MedicationEvent, Quantity};

/// The kinds of entries that hold measurements.
pub const KINDS: [EntryKind; 3] = [EntryKind::VisitNote, EntryKind::VitalSigns, EntryKind::LaboratoryReport];

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// What was measured.
    pub code: Coding,
    /// The result as a number.
    pub value: Option<Quantity>,
    /// The result in words, where there is no number.
    pub text: String,
    /// 基準下限; may be empty.
    pub low: String,
    /// 基準上限; may be empty.
    pub high: String,
    /// How it lies to them.
    pub interpretation: Option<Interpretation>,
    /// Whether it was taken at the patient's side, and not in a laboratory.
    pub is_vital: bool,
}

/// A measurement with where it comes from.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What was measured.
    pub measurement: Measurement,
    /// When.
    pub observed_at: Timestamp,
    /// The entry that tells it.
    pub entry: EntryId,
    /// Who entered it.
    pub author: Actor,
}

/// The measurements that an entry tells, in its order.
pub fn measurements(content: Content) -> Vec<Measurement> {
    let vital = |observation: crate::timeline::Observation| Measurement {
        code: observation.code,
        value: Some(observation.value),
        text: String::new(),
        low: String::new(),
        high: String::new(),
        interpretation: None,
        is_vital: true,
    };
    match content {
        Content::VisitNote(note) => note.observations.into_iter().map(vital).collect(),
        Content::VitalSigns(signs) => signs.observations.into_iter().map(vital).collect(),
        Content::LaboratoryReport(report) => report
            .results
            .into_iter()
            .map(|result| Measurement {
                code: result.code,
                value: result.value,
                text: result.text,
                low: result.low,
                high: result.high,
                interpretation: result.interpretation,
                is_vital: false,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Of entries about drugs the newest prescription or dispensing of each organisation, newest first: by the day that it is
/// from, then by its place. What does not open may be one.
pub fn newest_by_organization(entries: Vec<Entry>) -> Vec<Entry> {
    let mut newest: Vec<(Date, Entry)> = entries.into_iter().filter_map(of_day).collect();
    newest.sort_by(|(day, entry), (other_day, other)| (other_day, other.seq).cmp(&(day, entry.seq)));
    let mut found: Vec<Entry> = Vec::new();
    for (_, entry) in newest {
        if found.iter().all(|one| one.author.organization != entry.author.organization) {
            found.push(entry);
        }
    }
    found
}

/// A prescription or dispensing with the day that it is from, in Japan.
fn of_day(entry: Entry) -> Option<(Date, Entry)> {
    let said = match &entry.content {
        None => None,
        Some(Content::Medication(told)) => match told.event {
            Some(MedicationEvent::Prescription | MedicationEvent::Dispensing) => told.effective_date,
            Some(MedicationEvent::Residual | MedicationEvent::Adherence) | None => return None,
        },
        Some(_) => return None,
    };
    let day = said.or_else(|| {
        let time = jiff::Timestamp::from_microsecond(entry.occurred_at.0).ok()?;
        Some(Offset::constant(9).to_datetime(time).date())
    });
    Some((day.unwrap_or(Date::MIN), entry))
}
