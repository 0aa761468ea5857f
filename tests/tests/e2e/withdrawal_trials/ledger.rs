//! What the papers say afterwards: the patient's order, and the audit log.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    AuditAction, AuditDecision, AuditEvent, ListAuditEventsRequest, NoticeKind, SeqRange,
};

use super::{
    figures::Figures,
    lane::{Lane, Withdrawal},
};
use crate::{grpc::Session, region::notice_of};

/// Judges the withdrawals of a lane.
pub(super) async fn judge(lane: &Lane, withdrawals: &[Withdrawal], figures: &mut Figures) -> Result<()> {
    let fences = fences(lane).await?;
    let log = audit_log(&lane.custodian, &lane.patient).await?;
    let on_record = disclosed(&log, &lane.watcher.person(), figures);
    for Withdrawal { consent, ack, entries } in withdrawals {
        let fence = *fences.get(consent).context("no notice of a withdrawal")?;
        let on_record = on_record.get(consent).context("no event of a withdrawal")?;
        for seen in entries {
            figures.entries += 1;
            let late = seen.at.saturating_duration_since(ack.at);
            let told = format!("entry {} of the withdrawal at {fence}, {late:?} after its answer", seen.seq);
            if seen.seq >= fence {
                figures.violations.push(format!("{told}: behind it in the patient's order"));
            } else if seen.began.is_some_and(|began| began > ack.at) {
                figures.violations.push(format!("{told}: posted after it"));
            } else if !on_record.contains(&seen.seq) {
                figures.violations.push(format!("{told}: not on record before it"));
            } else if !late.is_zero() {
                figures.on_the_way.push(late);
            }
        }
    }
    Ok(())
}

/// Where each withdrawal stands in the patient's order: at the notice that tells of it.
async fn fences(lane: &Lane) -> Result<HashMap<String, i64>> {
    let entries = lane.custodian.all_entries(&lane.patient).await?;
    let notices = entries.iter().filter_map(|entry| notice_of(entry).map(|notice| (notice, entry.seq)));
    Ok(notices
        .filter(|(notice, _)| notice.kind() == NoticeKind::ConsentWithdrawn)
        .map(|(notice, seq)| (notice.object_id.clone(), seq))
        .collect())
}

/// Which entries were on record as disclosed to `person` under each consent, before its withdrawal. A
/// disclosure between a withdrawal and the next consent is a violation.
fn disclosed(log: &[AuditEvent], person: &str, figures: &mut Figures) -> HashMap<String, HashSet<i64>> {
    let (mut so_far, mut under, mut permitted) = (HashSet::new(), HashMap::new(), false);
    for event in log {
        match event.action() {
            AuditAction::ConsentRecord => permitted = true,
            AuditAction::ConsentWithdraw => {
                permitted = false;
                under.insert(event.object_id.clone(), mem::take(&mut so_far));
            }
            AuditAction::EntryRead if is_disclosure(event, person) => {
                if !permitted {
                    let told = format!("entries {:?} were disclosed after a withdrawal", event.seqs);
                    figures.violations.push(told);
                }
                so_far.extend(seqs(event));
            }
            _ => {}
        }
    }
    under
}

/// Whether the event shows something to this person.
pub(super) fn is_disclosure(event: &AuditEvent, person: &str) -> bool {
    event.decision() == AuditDecision::Permit
        && event.actor.as_ref().is_some_and(|actor| actor.person_id == person)
}

/// The entries that an event is about.
pub(super) fn seqs(event: &AuditEvent) -> impl Iterator<Item = i64> {
    event.seqs.iter().flat_map(|SeqRange { first, last }| *first..=*last)
}

/// A patient's audit events, oldest first.
pub(super) async fn audit_log(session: &Session, patient: &str) -> Result<Vec<AuditEvent>> {
    let mut request =
        ListAuditEventsRequest { patient_id: patient.to_owned(), page_size: 200, ..Default::default() };
    let mut events = Vec::new();
    loop {
        let page = session.audit.clone().list_audit_events(request.clone()).await?.into_inner();
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            events.reverse();
            return Ok(events);
        }
        request.page_token = page.next_page_token;
    }
}
