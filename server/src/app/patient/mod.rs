//! Patients: register, read, list.

mod get_patient;
mod list_patients;
mod register_patient;

pub(crate) use self::list_patients::PatientQuery;
