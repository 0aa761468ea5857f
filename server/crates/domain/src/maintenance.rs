//! Maintenance (R11): acts at the console of the server, which have an operator instead of a person.

use uuid::Uuid;

use crate::audit::Action;
use crate::id::PatientId;

/// The name under which the server does something by itself.
const SERVER: &str = "renkei-server";

/// What an operator did at the console of the server, or the server found out by itself (R11).
#[derive(Clone, Debug)]
pub struct Maintenance {
    /// Whose doing.
    pub operator: Operator,
    /// What.
    pub action: Action,
    /// About whose record; none if it concerns all, or none.
    pub patient: Option<PatientId>,
    /// What else it was about.
    pub object: Option<Uuid>,
    /// The version of the key that was made, retired or destroyed; by how many milliseconds the clock was set,
    /// negative if back.
    pub number: Option<i64>,
}

impl Maintenance {
    /// Maintenance of the region.
    pub fn of_region(operator: Operator, action: Action) -> Self {
        Self { operator, action, patient: None, object: None, number: None }
    }

    /// The same about a version of a key.
    #[must_use]
    pub fn of_key(self, version: u32) -> Self {
        self.with_number(version.into())
    }

    /// The same with what it says in a number.
    #[must_use]
    pub fn with_number(mut self, number: i64) -> Self {
        self.number = Some(number);
        self
    }

    /// The same about a patient.
    #[must_use]
    pub fn of_patient(mut self, patient: PatientId) -> Self {
        self.patient = Some(patient);
        self
    }
}

/// Who works at the console: a name in one line, as whoever runs the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator(String);

impl Operator {
    /// Longest name, in characters.
    pub const MAX: usize = 64;

    /// `None`: empty, too long, not one line of visible characters, or the server's.
    pub fn new(name: &str) -> Option<Self> {
        let name = name.trim();
        let is_name = (1..=Self::MAX).contains(&name.chars().count()) && !name.contains(char::is_control);
        (is_name && name != SERVER).then(|| Self(name.to_owned()))
    }

    /// The server itself.
    pub fn server() -> Self {
        Self(SERVER.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Operator;

    #[test]
    fn a_name_is_one_line_and_not_the_servers() {
        assert_eq!(Operator::new(" 佐々木 保守 ").unwrap().as_str(), "佐々木 保守");
        assert!(Operator::new(&"保".repeat(64)).is_some());
        for wrong in ["", "  ", "a\nb", &"a".repeat(65), "renkei-server"] {
            assert!(Operator::new(wrong).is_none(), "{wrong:?}");
        }
        assert_eq!(Operator::server().as_str(), "renkei-server");
    }
}
