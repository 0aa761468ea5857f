//! The patient on one screen.

use std::collections::HashMap;
use std::sync::Arc;

use renkei_domain::access::{Access, Read};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::observed::{Observed, newest_by_organization};
use renkei_domain::timeline::{Entry, EntryKind};
use renkei_domain::{Permit, Result};
use renkei_store::Conn;
use renkei_store::timeline::{self, ObservedEntry};

use super::measured::{measured, with_names};
use super::sees_something;
use crate::app::App;
use crate::app::timeline::{PAGE_BYTES, begins_before, within};

/// Medication entries that are looked through; the proto says it. A prescription stands behind what is told of its drugs
/// day by day: two such entries a day for more than two years.
const MEDICATIONS: usize = 2_000;
/// Of these at a time, so that long ones are not held all at once.
const MEDICATIONS_AT_ONCE: i64 = 200;
/// Bytes of their sealed content, about.
const MEDICATION_BYTES: usize = 8 * 1024 * 1024;
/// Medication entries that are shown.
const SHOWN_MEDICATIONS: usize = 10;
/// Open questions that are shown.
const QUESTIONS: i64 = 10;
/// Entries that are looked through for measurements.
const OBSERVED: i64 = 200;
/// Of these at a time, so that long ones are not held all at once.
const OBSERVED_AT_ONCE: i64 = 50;
/// Bytes of their sealed content, about.
const OBSERVED_BYTES: usize = 4 * 1024 * 1024;
/// Measurements that are shown.
const SHOWN_OBSERVATIONS: usize = 30;

/// What is shown: entries as they stand, without what was corrected or retracted.
#[derive(Debug, Default)]
pub(crate) struct PatientSummary {
    pub(crate) problem_list: Option<Entry>,
    pub(crate) allergy_list: Option<Entry>,
    pub(crate) medications: Vec<Entry>,
    pub(crate) last_observations: Vec<Observed>,
    pub(crate) open_questions: Vec<Entry>,
    pub(crate) care_plan: Option<Entry>,
}

impl App {
    /// The patient on one screen, as far as the caller may see it.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::NotFound`].
    pub(crate) async fn patient_summary(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
    ) -> Result<PatientSummary> {
        let action = Action::EntryRead;
        self.disclose_under(Access::read_entries, caller, patient, action, move |app, conn, permit| {
            Box::pin(async move {
                sees_something(conn, &permit).await?;
                let (last_observations, mut seqs) = app.last_observations(conn, &permit).await?;
                let stored = timeline::open_questions(conn, &permit, QUESTIONS).await?;
                let open_questions = app.open_entries(conn, &permit, within(PAGE_BYTES, stored).0).await?;
                let summary = PatientSummary {
                    problem_list: app.newest_entry(conn, &permit, EntryKind::ProblemList).await?,
                    allergy_list: app.newest_entry(conn, &permit, EntryKind::AllergyList).await?,
                    medications: app.newest_medications(conn, &permit).await?,
                    last_observations,
                    open_questions,
                    care_plan: app.newest_entry(conn, &permit, EntryKind::CarePlan).await?,
                };
                let lists = [&summary.problem_list, &summary.allergy_list, &summary.care_plan];
                let shown =
                    lists.into_iter().flatten().chain(&summary.medications).chain(&summary.open_questions);
                seqs.extend(shown.map(|entry| entry.seq));
                let act = Act::permitted(&permit, action).with_seqs(seqs);
                Ok((summary, act))
            })
        })
        .await
    }

    async fn newest_entry(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        kind: EntryKind,
    ) -> Result<Option<Entry>> {
        let stored = timeline::newest(conn, permit, kind, None, 1).await?;
        Ok(self.open_entries(conn, permit, stored).await?.pop())
    }

    async fn newest_medications(&self, conn: &mut Conn, permit: &Permit<Read>) -> Result<Vec<Entry>> {
        let (mut newest, mut sizes) = (Vec::<Entry>::new(), HashMap::<i64, usize>::new());
        let (mut after, mut room) = (None, MEDICATION_BYTES);
        while sizes.len() < MEDICATIONS && room > 0 {
            let kind = EntryKind::Medication;
            let stored = timeline::newest(conn, permit, kind, after, MEDICATIONS_AT_ONCE).await?;
            let Some(last) = stored.last() else { break };
            after = Some((last.occurred_at, last.seq));
            let (stored, cut) = within(room, stored);
            sizes.extend(stored.iter().map(|entry| (entry.seq, entry.body.bytes.len())));
            let bytes: usize = stored.iter().map(|entry| entry.body.bytes.len()).sum();
            room = if cut { 0 } else { room.saturating_sub(bytes) };
            newest.extend(self.open_entries(conn, permit, stored).await?);
            newest = newest_by_organization(newest);
        }
        newest.truncate(SHOWN_MEDICATIONS);
        // those that the answer has room for, at least one
        let mut bytes = 0;
        let fitting = newest.iter().take_while(|entry| {
            bytes += sizes.get(&entry.seq).copied().unwrap_or_default();
            bytes <= PAGE_BYTES
        });
        let fitting = fitting.count().max(1);
        newest.truncate(fitting);
        Ok(newest)
    }

    /// The newest value of each measurement, vital signs first, with the entries that tell them.
    async fn last_observations(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
    ) -> Result<(Vec<Observed>, Vec<i64>)> {
        let (mut found, mut looked_at, mut bytes) = (Vec::new(), 0, 0);
        let mut at = begins_before(conn, permit).await?;
        // those out of sight and those that do not stand are passed over, but not without end
        let from = timeline::observed_from(conn, permit, at).await?;
        while looked_at < OBSERVED && bytes < OBSERVED_BYTES {
            let any = (None, None);
            let entries = timeline::observed_before(conn, permit, any, (from, at), OBSERVED_AT_ONCE).await?;
            let Some(last) = entries.last() else { break };
            at = last.entry.seq;
            looked_at += entries.len() as i64;
            bytes += entries.iter().map(|found| found.entry.body.bytes.len()).sum::<usize>();
            let versions = entries.iter().map(|found: &ObservedEntry| found.entry.body.key_version);
            let keys = self.keys_of(conn, permit.patient(), versions).await?;
            found.extend(measured(entries, keys, Vec::new()).await?);
        }
        // the newest by when it was measured; of the same moment, the one posted last
        found.sort_by_key(|(found, _)| std::cmp::Reverse((found.occurred_at, found.entry.seq)));
        let mut known = Vec::new();
        for (_, values) in &mut found {
            values.retain(|value| {
                let code = (value.code.system.clone(), value.code.code.clone());
                let is_new = !known.contains(&code);
                known.extend(is_new.then_some(code));
                is_new
            });
        }
        let seqs: HashMap<_, _> = found.iter().map(|(found, _)| (found.entry.id, found.entry.seq)).collect();
        found.retain(|(_, values)| !values.is_empty());
        let mut newest = with_names(conn, found).await?;
        newest.sort_by_key(|observed| !observed.measurement.is_vital);
        newest.truncate(SHOWN_OBSERVATIONS);
        let shown = newest.iter().filter_map(|observed| seqs.get(&observed.entry).copied()).collect();
        Ok((newest, shown))
    }
}
