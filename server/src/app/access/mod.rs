//! Who may see what, and why: answers from the access rule itself.

mod explain_access;
mod list_access;

use renkei_domain::access::{Access, Explanation, Subject};
use renkei_domain::id::PatientId;
use renkei_domain::identity::{Actor, Purpose};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{Conn, patient};

pub(crate) use self::explain_access::ExplainedAccess;
use super::App;

/// What somebody may see in one role at one organisation.
pub(crate) struct SubjectAccess {
    pub(crate) actor: Actor,
    pub(crate) purpose: Purpose,
    pub(crate) explanations: Vec<Explanation>,
    pub(crate) changes_at: Option<Timestamp>,
}

impl App {
    async fn explain(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        actor: Actor,
        purpose: Purpose,
    ) -> Result<SubjectAccess> {
        let Actor { person, organization, role, .. } = actor;
        let subject = Subject { person, organization, role, purpose };
        let standing = patient::standing(conn, patient, &subject).await?;
        let standing = standing.ok_or_else(|| Error::new(Reason::NotFound))?;
        let now = self.now();
        Ok(SubjectAccess {
            explanations: Access::explain(subject, &standing, now),
            changes_at: Access::decide(subject, &standing, now).changes_at(),
            actor,
            purpose,
        })
    }

    /// The answer for treatment, and those for other purposes that differ from it.
    async fn explain_for_each_purpose(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        actor: &Actor,
    ) -> Result<Vec<SubjectAccess>> {
        let mut answers: Vec<SubjectAccess> = Vec::new();
        for purpose in [Purpose::Treatment, Purpose::CareManagement, Purpose::QualityImprovement] {
            let answer = self.explain(conn, patient, actor.clone(), purpose).await?;
            if answers.first().is_none_or(|first| first.explanations != answer.explanations) {
                answers.push(answer);
            }
        }
        Ok(answers)
    }
}
