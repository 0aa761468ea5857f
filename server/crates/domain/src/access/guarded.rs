//! Content that was read once for many: it opens for a permit only.

use super::{Permit, Read};
use crate::category::Category;
use crate::id::{PatientId, PersonId};
use crate::sensitivity::Sensitivity;

/// Something of a patient's timeline, shown to whoever has a permit that reaches it.
#[derive(Clone, Debug)]
pub struct Guarded<T> {
    patient: PatientId,
    category: Category,
    sensitivity: Sensitivity,
    author: PersonId,
    content: T,
}

impl<T> Guarded<T> {
    /// Guards what `author` wrote about the patient.
    pub fn new(
        patient: PatientId,
        category: Category,
        sensitivity: Sensitivity,
        author: PersonId,
        content: T,
    ) -> Self {
        Self { patient, category, sensitivity, author, content }
    }

    /// The same guard around what is made of the content: what is sealed is opened so. `None` if nothing is made.
    pub fn try_map<U>(self, make: impl FnOnce(T) -> Option<U>) -> Option<Guarded<U>> {
        let Self { patient, category, sensitivity, author, content } = self;
        make(content).map(|content| Guarded { patient, category, sensitivity, author, content })
    }

    /// What is guarded, if the permit reaches it.
    pub fn show(&self, permit: &Permit<Read>) -> Option<&T> {
        let sees =
            permit.patient() == self.patient && permit.sees(self.category, self.sensitivity, self.author);
        sees.then_some(&self.content)
    }
}
