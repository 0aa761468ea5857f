//! Templates (定型文): what the people of an organisation begin an entry with.

use uuid::Uuid;

use crate::id::TemplateId;
use crate::identity::Actor;
use crate::time::Timestamp;
use crate::timeline::Content;

/// Templates that an organisation may have: all of them stand in one answer.
pub const MAX_TEMPLATES: i64 = 200;

/// A template of an organisation.
#[derive(Clone, Debug)]
pub struct EntryTemplate {
    /// Its id, chosen by the client that created it: one in the organisation.
    pub id: TemplateId,
    /// Its name: one in the organisation.
    pub name: String,
    /// What the entry begins with. What an entry must say may be missing still.
    pub content: Content,
    /// Another one after every change.
    pub etag: Uuid,
    /// Who changed it last.
    pub changed_by: Actor,
    /// When.
    pub changed_at: Timestamp,
}
