//! A patient and those who care for her: what most tests of consent and care teams begin with.

use anyhow::Result;
use renkei_proto::v1::{Category, Entry, OrganizationKind, Role, Sensitivity};
use renkei_tests::database::Engine;

use crate::region::{Member, Region};

/// The doctor's clinic is the custodian organisation. The others have accepted, and no consent shows them
/// anything yet.
pub(crate) struct Circle {
    pub(crate) region: Region,
    pub(crate) doctor: Member,
    pub(crate) nurse: Member,
    pub(crate) manager: Member,
    pub(crate) patient: String,
}

impl Circle {
    /// Starts a server and gathers them.
    pub(crate) async fn open(engine: Engine) -> Result<Self> {
        let region = Region::open(engine).await?;
        let doctor = region.doctor("asano").await?;
        let nurse = region.member("banno", OrganizationKind::HomeVisitNursing, Role::Nurse).await?;
        let manager = region.care_manager("chiba").await?;
        let patient = doctor.session.register().await?;
        for member in [&nurse, &manager] {
            doctor.session.join(&patient, &member.session).await?;
        }
        Ok(Self { region, doctor, nurse, manager, patient })
    }

    /// Posts as the doctor.
    pub(crate) async fn post(&self, category: Category, text: &str) -> Result<Entry> {
        self.doctor.session.post_as(&self.patient, category, Sensitivity::Normal, text).await
    }

    /// Posts as the doctor what is of this sensitivity.
    pub(crate) async fn post_guarded(&self, sensitivity: Sensitivity, text: &str) -> Result<Entry> {
        self.doctor.session.post_as(&self.patient, Category::Message, sensitivity, text).await
    }
}
