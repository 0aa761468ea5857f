//! Telling the care team (R22): a notice on the timeline, posted in the transaction of what it tells of, and
//! so in everybody's inbox.

use renkei_domain::access::Permit;
use renkei_domain::id::{EntryId, PersonId};
use renkei_domain::patient::{CareTeamMember, Participant};
use renkei_domain::timeline::{About, Content, EntryKind, Notice, NoticeKind};
use renkei_domain::{Category, Error, Reason, Result, Sensitivity};
use renkei_store::timeline::{self, NewEntry};
use renkei_store::{Tx, patient};
use uuid::Uuid;

use super::App;
use super::sealing::EntryLabel;

/// A notice about nobody in particular.
pub(super) fn notice(kind: NoticeKind, text: String) -> Notice {
    Notice { notice: kind, organization: None, person: None, object: None, text }
}

/// A notice about a consent or an emergency access.
pub(super) fn notice_about(kind: NoticeKind, object: Uuid, text: String) -> Notice {
    Notice { object: Some(object), ..notice(kind, text) }
}

/// A notice about a member of the care team.
pub(super) fn notice_of_member(kind: NoticeKind, member: &CareTeamMember, text: String) -> Notice {
    let name = member.name.clone();
    match member.participant {
        Participant::Organization(id) => Notice { organization: Some((id, name)), ..notice(kind, text) },
        Participant::Person(id) => Notice { person: Some((id, name)), ..notice(kind, text) },
    }
}

impl App {
    /// Posts a notice under the permit of the act. The transaction holds the patient's lock.
    pub(super) async fn tell<A>(&self, tx: &mut Tx, permit: &Permit<A>, notice: Notice) -> Result<()> {
        let (id, author): (_, PersonId) = (permit.patient(), permit.subject().person);
        let urgent = notice.notice == NoticeKind::BreakGlass;
        let seq = patient::next_seq(tx, id).await?.ok_or_else(|| Error::new(Reason::NotFound))?;
        let label = EntryLabel {
            entry: EntryId(self.new_uuid()),
            category: Category::Notice,
            sensitivity: Sensitivity::Normal,
            author,
        };
        let version = patient::key_version(tx, permit).await?;
        let key = self.keys.patient_key(tx, id, version).await?;
        let entry = NewEntry {
            id: label.entry,
            category: label.category,
            kind: EntryKind::Notice,
            revision: 1,
            occurred_at: self.now(),
            sensitivity: label.sensitivity,
            reply_to: None,
            urgent,
            body: self.seal_content(&key, &label, &Content::Notice(notice), &About::default())?,
        };
        timeline::insert_notice(tx, permit, seq, &entry, self.now()).await?;
        Ok(())
    }
}
