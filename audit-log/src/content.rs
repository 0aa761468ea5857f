//! What an event says of the content that its act stored: one hash over the sealed bytes and over what stands beside
//! them in clear.
//!
//! lp(x) = length of x as u32 big-endian ‖ x. field(x) = `00` where there is none, else `01` ‖ lp(x). list(x…) = count as
//! u32 big-endian ‖ each. Ids are 16 bytes, numbers i64 big-endian, flags one byte, texts UTF-8.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::leaf::{append, append_field as field};
use crate::tree::Hash;

/// An entry as it is posted: its sealed body, its files, and what stands beside them.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What it says: `VISIT_NOTE`, `MESSAGE` …
    pub kind: &'a str,
    /// Its category.
    pub category: &'a str,
    /// How guarded it is.
    pub sensitivity: &'a str,
    /// When what it tells of was, in microseconds since 1970 UTC.
    pub occurred_at: i64,
    /// 至急.
    pub urgent: bool,
    /// Id of what it replies to.
    pub reply_to: Option<Uuid>,
    /// Whether it answers that from the moment it is posted.
    pub answers: bool,
    /// What it takes the place of: `CORRECTED` or `ENTERED_IN_ERROR`, and the place of that entry. At most one.
    pub amends: Vec<(&'a str, i64)>,
    /// To whom it is addressed, in order.
    pub addressees: Vec<Addressee<'a>>,
    /// Version of the key that its body is sealed under.
    pub key_version: i64,
    /// Its sealed body.
    pub body: &'a [u8],
    /// The sealed manifests of the files that are shown with it, in their order.
    pub files: &'a [Vec<u8>],
}

/// To whom an entry is addressed: without all three ids to everybody.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// `ANSWER`, `ATTENTION` or `FINALIZE`.
    pub wanted: &'a str,
    /// A person.
    pub person: Option<Uuid>,
    /// An organisation.
    pub organization: Option<Uuid>,
    /// A role.
    pub role: Option<&'a str>,
}

impl Entry<'_> {
    /// H(lp("renkei entry 2") ‖ lp(kind) ‖ lp(category) ‖ lp(sensitivity) ‖ `occurred_at` ‖ urgent ‖ field(`reply_to`) ‖
    /// answers ‖ list(lp(mark) ‖ place) ‖ list(lp(wanted) ‖ field(person) ‖ field(organization) ‖ field(role)) ‖
    /// key version ‖ lp(body) ‖ list(lp(manifest))).
    pub fn hash(&self) -> Hash {
        let mut out = Vec::with_capacity(192 + self.body.len());
        append(&mut out, b"renkei entry 2");
        for text in [self.kind, self.category, self.sensitivity] {
            append(&mut out, text.as_bytes());
        }
        out.extend_from_slice(&self.occurred_at.to_be_bytes());
        out.push(u8::from(self.urgent));
        field(&mut out, self.reply_to.as_ref().map(|id| &id.as_bytes()[..]));
        out.push(u8::from(self.answers));
        count(&mut out, self.amends.len());
        for (mark, place) in &self.amends {
            append(&mut out, mark.as_bytes());
            out.extend_from_slice(&place.to_be_bytes());
        }
        count(&mut out, self.addressees.len());
        for Addressee { wanted, person, organization, role } in &self.addressees {
            append(&mut out, wanted.as_bytes());
            field(&mut out, person.as_ref().map(|id| &id.as_bytes()[..]));
            field(&mut out, organization.as_ref().map(|id| &id.as_bytes()[..]));
            field(&mut out, role.map(str::as_bytes));
        }
        out.extend_from_slice(&self.key_version.to_be_bytes());
        append(&mut out, self.body);
        count(&mut out, self.files.len());
        for manifest in self.files {
            append(&mut out, manifest);
        }
        Sha256::digest(&out).into()
    }

    /// What events from before this said: H(body), and with files H(lp("renkei entry") ‖ lp(body) ‖ lp(manifest) of each).
    /// Of such an entry nothing tells what stands beside it. `None`: the body is not sealed, which begins with `01`; what
    /// is hashed in the other forms does not, and is nobody's body.
    pub fn earlier_hash(&self) -> Option<Hash> {
        if self.body.first() != Some(&1) {
            return None;
        }
        if self.files.is_empty() {
            return Some(Sha256::digest(self.body).into());
        }
        let mut out = Vec::new();
        for part in [b"renkei entry", self.body].into_iter().chain(self.files.iter().map(Vec::as_slice)) {
            append(&mut out, part);
        }
        Some(Sha256::digest(&out).into())
    }
}

/// What is stored when the responsible person finalises an entry: H(lp("renkei finalization") ‖ answers), `answers` being
/// whether it answers what it replies to from then on.
pub fn finalization_hash(answers: bool) -> Hash {
    let mut out = Vec::new();
    append(&mut out, b"renkei finalization");
    out.push(u8::from(answers));
    Sha256::digest(&out).into()
}

/// What is stored when somebody acknowledges an entry: H(lp("renkei acknowledgement") ‖ key version ‖ lp(sealed word)); both
/// zero and empty if there is no word.
pub fn acknowledgement_hash(key_version: i64, word: &[u8]) -> Hash {
    let mut out = Vec::new();
    append(&mut out, b"renkei acknowledgement");
    out.extend_from_slice(&key_version.to_be_bytes());
    append(&mut out, word);
    Sha256::digest(&out).into()
}

/// Lists are far shorter than 2³².
fn count(out: &mut Vec<u8>, items: usize) {
    out.extend_from_slice(&u32::try_from(items).unwrap_or(u32::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is hashed in the newer form is known to whoever reads the database, who could put it in a body's place.
    #[test]
    fn what_is_not_sealed_has_no_earlier_hash() {
        let mut entry = Entry {
            kind: "MESSAGE",
            category: "MESSAGE",
            sensitivity: "NORMAL",
            occurred_at: 0,
            urgent: false,
            reply_to: None,
            answers: false,
            amends: Vec::new(),
            addressees: Vec::new(),
            key_version: 1,
            body: b"\x01 sealed",
            files: &[],
        };
        assert_eq!(entry.earlier_hash(), Some(Sha256::digest(entry.body).into()));
        let mut hashed = Vec::new();
        append(&mut hashed, b"renkei entry 2");
        for body in [&hashed[..], b""] {
            entry.body = body;
            assert_eq!(entry.earlier_hash(), None);
        }
    }
}
