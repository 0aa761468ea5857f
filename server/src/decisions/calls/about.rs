//! What the calls of one caller about one patient name, as it goes over the wire.

use std::sync::Arc;

use renkei_domain::identity::Caller;

use super::new_id;

/// The things of one patient, and who asks.
#[derive(Clone)]
pub(in crate::decisions) struct About {
    pub(in crate::decisions) caller: Arc<Caller>,
    pub(in crate::decisions) patient: String,
    /// An entry of the custodian organisation, with a file.
    pub(in crate::decisions) visit_note: String,
    /// Its file.
    pub(in crate::decisions) file: String,
    /// An entry of the custodian organisation.
    pub(in crate::decisions) laboratory: String,
    /// The caller's own entry; of those who never could post, the visit note.
    pub(in crate::decisions) own_entry: String,
    /// A consent that is withdrawn, to all members.
    pub(in crate::decisions) consent: String,
    /// Its paper.
    pub(in crate::decisions) paper: String,
    /// An emergency access of the colleague.
    pub(in crate::decisions) emergency: String,
    /// An organisation in the care team.
    pub(in crate::decisions) member: String,
    /// A person of the member.
    pub(in crate::decisions) colleague: String,
    /// An organisation that is not in the care team.
    pub(in crate::decisions) outsider: String,
}

/// What the calls of one caller leave for those that follow them.
pub(in crate::decisions) struct Notes {
    /// A consent, and its version.
    pub(in crate::decisions) consent: (String, i32),
    /// A file of the caller that nothing names.
    pub(in crate::decisions) paper: String,
    /// An emergency access that can be reviewed.
    pub(in crate::decisions) emergency: String,
    /// A person.
    pub(in crate::decisions) person: String,
    /// An affiliation of the person.
    pub(in crate::decisions) affiliation: String,
    /// A device of somebody else.
    pub(in crate::decisions) device: String,
    /// A service account.
    pub(in crate::decisions) service: String,
    /// A template.
    pub(in crate::decisions) template: String,
    /// A patient whom the caller registered.
    pub(in crate::decisions) registered: Option<String>,
}

impl Notes {
    pub(in crate::decisions) fn new(about: &About) -> Self {
        Self {
            consent: (about.consent.clone(), 1),
            paper: about.paper.clone(),
            emergency: about.emergency.clone(),
            person: about.colleague.clone(),
            affiliation: about.caller.affiliation.to_string(),
            device: new_id(),
            service: new_id(),
            template: new_id(),
            registered: None,
        }
    }
}
