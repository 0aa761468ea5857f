//! The rules that consents stand for: what the access rule decides by. It is part of [`crate::consent`].

use renkei_domain::consent::{Form, Rule};
use renkei_domain::id::{ConsentId, PatientId};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError};

statements! {
    RULES = "SELECT patient_id, consent_id, version, form FROM consent \
        WHERE patient_id = $1 AND superseded_at IS NULL AND withdrawn_at IS NULL";
}

#[derive(sqlx::FromRow)]
pub(crate) struct RuleRow {
    patient_id: Uuid,
    consent_id: Uuid,
    version: i64,
    form: String,
}

impl RuleRow {
    pub(crate) fn patient(&self) -> PatientId {
        PatientId(self.patient_id)
    }

    pub(crate) fn consent(&self) -> ConsentId {
        ConsentId(self.consent_id)
    }

    pub(crate) fn form(&self) -> Result<Form, StoreError> {
        form(&self.form)
    }

    pub(crate) fn version(&self) -> Result<i32, StoreError> {
        i32::try_from(self.version).map_err(|_| StoreError::Corrupt("consent.version"))
    }

    pub(crate) fn into_rules(self) -> Result<Vec<Rule>, StoreError> {
        Ok(self.form()?.compile(self.consent(), self.version()?))
    }
}

pub(crate) fn form(json: &str) -> Result<Form, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Corrupt("consent.form"))
}

/// The rules of the patient's consents that stand, of some that hold no longer or not yet too.
///
/// # Errors
/// As every query.
pub async fn rules(conn: &mut Conn, patient: PatientId) -> Result<Vec<Rule>, StoreError> {
    let mut rules = Vec::new();
    for row in run!(conn, all RuleRow: RULES, patient.0)? {
        rules.extend(row.into_rules()?);
    }
    Ok(rules)
}
