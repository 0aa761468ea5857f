//! Consent as people sign it: whom and what each form shows, what wins, and how it is changed.

mod denial;
mod forms;
mod own_entries;
mod restricted;
mod signer;
mod versions;
mod withdrawal;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, Consent, ConsentForm, PurposeOfUse, Role, Sensitivity, WithdrawConsentRequest,
    WithdrawConsentResponse, WithdrawnPart,
};
use renkei_tests::database::Engine;
use tonic::Code;

use crate::{calls::Answered, circle::Circle, grpc::Session, refusal::expect_refused, region::new_id};

/// What the doctor writes about every patient of an [`Audience`]: the text, its category and sensitivity.
const WRITTEN: [(&str, Category, Sensitivity); 4] = [
    ("連絡", Category::Message, Sensitivity::Normal),
    ("薬剤", Category::Medication, Sensitivity::Normal),
    ("精神", Category::Message, Sensitivity::MentalHealth),
    ("感染", Category::Message, Sensitivity::Infection),
];

/// Those of whom the tests ask what they see: two people of one organisation, one of them for two purposes,
/// and one of another organisation.
struct Audience {
    circle: Circle,
    /// The nurse's session for the improvement of quality.
    quality: Session,
    /// A care worker at the nurse's organisation.
    worker: Session,
}

impl Audience {
    async fn gather(engine: Engine) -> Result<Self> {
        let circle = Circle::open(engine).await?;
        let quality = circle.nurse.device.login_as("", PurposeOfUse::QualityImprovement).await?;
        let worker = circle.region.colleague(&circle.nurse.session, "endo", Role::CareWorker).await?.session;
        Ok(Self { circle, quality, worker })
    }

    /// A new patient about whom all that is [`WRITTEN`] stands.
    async fn patient(&self) -> Result<String> {
        let Circle { doctor, nurse, manager, .. } = &self.circle;
        let patient = doctor.session.register().await?;
        for member in [nurse, manager] {
            doctor.session.join(&patient, &member.session).await?;
        }
        for (text, category, sensitivity) in WRITTEN {
            doctor.session.post_as(&patient, category, sensitivity, text).await?;
        }
        Ok(patient)
    }

    /// Checks what the nurse, the same for quality, the worker and the manager see.
    async fn expect(&self, what: &str, patient: &str, sees: [&[&str]; 4]) -> Result<()> {
        let everybody =
            [&self.circle.nurse.session, &self.quality, &self.worker, &self.circle.manager.session];
        for ((session, wanted), who) in
            everybody.into_iter().zip(sees).zip(["nurse", "quality", "worker", "manager"])
        {
            let seen = if wanted.is_empty() {
                expect_refused(session.list(patient).await, Code::NotFound, "NOT_FOUND").map(drop)
            } else {
                session.expect_texts(patient, wanted).await
            };
            seen.with_context(|| format!("{what}: {who}"))?;
        }
        Ok(())
    }
}

/// Withdraws a consent or a part of it.
async fn withdraw(
    caller: &Session,
    patient: &str,
    consent_id: &str,
    part: Option<WithdrawnPart>,
) -> Answered<WithdrawConsentResponse> {
    let request = WithdrawConsentRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        consent_id: consent_id.to_owned(),
        part,
    };
    caller.consents.clone().withdraw_consent(request).await
}

/// The form of a consent.
fn form_of(consent: &Consent) -> Result<&ConsentForm> {
    consent.form.as_ref().context("form")
}

/// The custodian organisation's own access to a patient.
async fn custodian_consent(caller: &Session, patient: &str) -> Result<Consent> {
    let consents = caller.list_consents(patient).await?;
    let own: Vec<_> = consents.into_iter().filter(|consent| consent.custodian).collect();
    ensure!(own.len() == 1, "{own:?}");
    own.into_iter().next().context("consent")
}
