//! What a leaf is: all columns of an audit event, in one way only.
//!
//! lp(x) = length of x as u32 big-endian ‖ x.
//! Leaf: lp("renkei audit event") ‖ version (1 byte) ‖ the fields of [`Event`] in their order, each `00` where
//! there is none, else `01` ‖ lp(value). Ids are 16 bytes, numbers i64 big-endian, hashes 32 bytes, texts UTF-8.
//! A version is added, never changed. An event through a service account is of version 2, any other of version 1,
//! which ends with the operator: so a leaf from before there were service accounts is what it was.

use uuid::Uuid;

use crate::tree::Hash;

const DOMAIN: &[u8] = b"renkei audit event";
const VERSION: u8 = 1;
const THROUGH_SERVICE: u8 = 2;

/// All that an audit event says, as it is stored: codes are texts here, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The patient; nil for acts that concern none.
    pub patient: Uuid,
    /// Its id.
    pub id: Uuid,
    /// When, in microseconds since 1970 UTC.
    pub time: i64,
    /// Who; none for maintenance by the console.
    pub person: Option<Uuid>,
    /// For which organisation.
    pub organization: Option<Uuid>,
    /// In which role.
    pub role: Option<&'a str>,
    /// In which session: [`crate::session_hash`].
    pub session: Option<Hash>,
    /// What.
    pub action: &'a str,
    /// How it was decided.
    pub decision: &'a str,
    /// Why it was refused.
    pub reason: Option<&'a str>,
    /// The epoch of the patient's access in which it was decided.
    pub epoch: Option<i64>,
    /// What it was about, if not the patient.
    pub object: Option<Uuid>,
    /// The entries that were disclosed, marked or posted.
    pub seqs: &'a str,
    /// The consents that permitted it.
    pub consents: &'a str,
    /// For what it was asked for.
    pub purpose: &'a str,
    /// The emergency access that it was done under.
    pub break_glass: Option<Uuid>,
    /// Revision of the entry that was posted.
    pub revision: Option<i64>,
    /// SHA-256 of the sealed content that was stored: an entry's body, an attachment's manifest.
    pub content: Option<Hash>,
    /// Whose maintenance it was, where there is no person.
    pub operator: Option<&'a str>,
    /// Through which service account the person acted. Version 2, which has one always.
    pub service: Option<Uuid>,
}

/// Appends lp(`part`). Columns are far below 4 GiB.
pub(crate) fn append(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(part);
}

/// Appends `00` where there is no value, else `01` ‖ lp(`value`).
pub(crate) fn append_field(out: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        None => out.push(0),
        Some(value) => {
            out.push(1);
            append(out, value);
        }
    }
}

impl Event<'_> {
    /// The leaf's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(448);
        append(&mut out, DOMAIN);
        out.push(if self.service.is_some() { THROUGH_SERVICE } else { VERSION });
        let mut field = |value: Option<&[u8]>| append_field(&mut out, value);
        field(Some(self.patient.as_bytes()));
        field(Some(self.id.as_bytes()));
        field(Some(&self.time.to_be_bytes()));
        field(self.person.as_ref().map(|id| &id.as_bytes()[..]));
        field(self.organization.as_ref().map(|id| &id.as_bytes()[..]));
        field(self.role.map(str::as_bytes));
        field(self.session.as_ref().map(|hash| &hash[..]));
        field(Some(self.action.as_bytes()));
        field(Some(self.decision.as_bytes()));
        field(self.reason.map(str::as_bytes));
        field(self.epoch.map(i64::to_be_bytes).as_ref().map(|number| &number[..]));
        field(self.object.as_ref().map(|id| &id.as_bytes()[..]));
        field(Some(self.seqs.as_bytes()));
        field(Some(self.consents.as_bytes()));
        field(Some(self.purpose.as_bytes()));
        field(self.break_glass.as_ref().map(|id| &id.as_bytes()[..]));
        field(self.revision.map(i64::to_be_bytes).as_ref().map(|number| &number[..]));
        field(self.content.as_ref().map(|hash| &hash[..]));
        field(self.operator.map(str::as_bytes));
        if let Some(service) = &self.service {
            field(Some(service.as_bytes()));
        }
        out
    }
}

impl<'a> Event<'a> {
    /// Reads a leaf. `None`: these are not the bytes of an event, or of a version that is not known.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.part()? != DOMAIN {
            return None;
        }
        let has_service = match reader.take(1)? {
            [VERSION] => false,
            [THROUGH_SERVICE] => true,
            _ => return None,
        };
        let event = Self {
            patient: reader.id()??,
            id: reader.id()??,
            time: reader.number()??,
            person: reader.id()?,
            organization: reader.id()?,
            role: reader.text()?,
            session: reader.fixed()?,
            action: reader.text()??,
            decision: reader.text()??,
            reason: reader.text()?,
            epoch: reader.number()?,
            object: reader.id()?,
            seqs: reader.text()??,
            consents: reader.text()??,
            purpose: reader.text()??,
            break_glass: reader.id()?,
            revision: reader.number()?,
            content: reader.fixed()?,
            operator: reader.text()?,
            service: if has_service { Some(reader.id()??) } else { None },
        };
        reader.0.is_empty().then_some(event)
    }
}

/// What is left to be read. Outer `None`: wrong bytes; inner: no value.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn part(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
        self.take(usize::try_from(length).ok()?)
    }

    fn field(&mut self) -> Option<Option<&'a [u8]>> {
        match self.take(1)? {
            [0] => Some(None),
            [1] => self.part().map(Some),
            _ => None,
        }
    }

    fn fixed<const N: usize>(&mut self) -> Option<Option<[u8; N]>> {
        match self.field()? {
            None => Some(None),
            Some(bytes) => bytes.try_into().ok().map(Some),
        }
    }

    fn id(&mut self) -> Option<Option<Uuid>> {
        Some(self.fixed()?.map(Uuid::from_bytes))
    }

    fn number(&mut self) -> Option<Option<i64>> {
        Some(self.fixed()?.map(i64::from_be_bytes))
    }

    fn text(&mut self) -> Option<Option<&'a str>> {
        match self.field()? {
            None => Some(None),
            Some(bytes) => std::str::from_utf8(bytes).ok().map(Some),
        }
    }
}

#[cfg(test)]
#[path = "leaf_tests.rs"]
mod tests;
