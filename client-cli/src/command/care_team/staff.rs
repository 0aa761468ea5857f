//! `renkei care-team staff`: which staff of the caller's organisation see a patient. Without an option it
//! shows; a change is made to what stands there now.

use clap::Args;
use renkei_proto::v1::{
    GetStaffAccessRequest, StaffAccess, StaffAssignment, UpdateStaffAccessRequest,
    patient_service_client::PatientServiceClient,
};

use crate::{
    command::{Context, new_id, resolve},
    connection::Connection,
    error::Result,
    output::{
        json::Json as _,
        line::{Line, Style},
        table::{Column, Table},
    },
    text::Texts,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, conflicts_with_all = ["assign", "unassign"])]
    all: bool,
    #[arg(long, value_name = "PERSON")]
    assign: Vec<String>,
    #[arg(long, value_name = "PERSON")]
    unassign: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let change = Change {
        all: arguments.all,
        assign: people(&connection, &arguments.assign).await?,
        unassign: people(&connection, &arguments.unassign).await?,
    };
    let mut assignment = read(&connection, &patient_id).await?;
    if !change.is_none() {
        let (staff_access, person_ids) = change.of(&assignment);
        let request = UpdateStaffAccessRequest {
            request_id: new_id(),
            patient_id,
            staff_access: staff_access.into(),
            person_ids,
        };
        let answer = connection
            .call(request, async |channel, request| {
                PatientServiceClient::new(channel).update_staff_access(request).await
            })
            .await?;
        assignment = answer.assignment.unwrap_or_default();
    }
    context.out.one(assignment.json(), || lines(context.texts, &assignment, context.out.columns()))
}

/// What is to change. UUIDs of people.
struct Change {
    all: bool,
    assign: Vec<String>,
    unassign: Vec<String>,
}

impl Change {
    fn is_none(&self) -> bool {
        !self.all && self.assign.is_empty() && self.unassign.is_empty()
    }

    /// What stands there afterwards. Nobody stays assigned where everybody sees the patient: else the next
    /// assignment would bring back people of whom nobody thinks any more.
    fn of(&self, present: &StaffAssignment) -> (StaffAccess, Vec<String>) {
        if self.all {
            return (StaffAccess::All, Vec::new());
        }
        let mut ids: Vec<String> = present.persons.iter().map(|person| person.person_id.clone()).collect();
        for id in &self.assign {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids.retain(|id| !self.unassign.contains(id));
        (if self.assign.is_empty() { present.staff_access() } else { StaffAccess::Assigned }, ids)
    }
}

async fn people(connection: &Connection, names: &[String]) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(resolve::person(connection, name).await?);
    }
    Ok(ids)
}

async fn read(connection: &Connection, patient_id: &str) -> Result<StaffAssignment> {
    let request = GetStaffAccessRequest { patient_id: patient_id.to_owned() };
    let answer = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).get_staff_access(request).await
        })
        .await?;
    Ok(answer.assignment.unwrap_or_default())
}

fn lines(texts: &Texts, assignment: &StaffAssignment, columns: Option<usize>) -> Vec<Line> {
    if assignment.staff_access() != StaffAccess::Assigned {
        return vec![Line::plain(texts.get("care-team-staff-all"))];
    }
    if assignment.persons.is_empty() {
        return vec![Line::styled(Style::Alarm, texts.get("care-team-staff-nobody"))];
    }
    let mut table = Table::new(vec![
        (Column::Text, texts.get("column-assigned")),
        (Column::Whole, texts.get("column-id")),
    ]);
    for person in &assignment.persons {
        table.row([person.name.clone(), person.person_id.clone()]);
    }
    let mut lines = vec![Line::plain(texts.get("care-team-staff-assigned"))];
    lines.extend(table.lines(columns));
    lines
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::AssignedPerson;

    use super::*;
    use crate::text::Language;

    fn assignment(access: StaffAccess, people: &[&str]) -> StaffAssignment {
        let person = |id: &&str| AssignedPerson { person_id: (*id).into(), name: format!("氏名 {id}") };
        StaffAssignment { staff_access: access.into(), persons: people.iter().map(person).collect() }
    }

    fn changed(
        present: (StaffAccess, &[&str]),
        all: bool,
        assign: &[&str],
        unassign: &[&str],
    ) -> (StaffAccess, Vec<String>) {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Change { all, assign: owned(assign), unassign: owned(unassign) }.of(&assignment(present.0, present.1))
    }

    #[test]
    fn a_change_is_made_to_what_stands_there() {
        use StaffAccess::{All, Assigned};
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(changed((All, &[]), false, &["a"], &[]), (Assigned, ids(&["a"])));
        assert_eq!(changed((Assigned, &["a"]), false, &["b", "a", "b"], &[]), (Assigned, ids(&["a", "b"])));
        assert_eq!(changed((Assigned, &["a", "b"]), false, &["c"], &["a"]), (Assigned, ids(&["b", "c"])));
        assert_eq!(changed((Assigned, &["a"]), false, &[], &["a"]), (Assigned, ids(&[])));
        assert_eq!(changed((All, &["a"]), false, &[], &["a"]), (All, ids(&[])));
        assert_eq!(changed((Assigned, &["a"]), true, &[], &[]), (All, ids(&[])));
    }

    #[test]
    fn it_says_who_sees_the_patient() {
        let texts = Texts::new(Language::Japanese);
        let shown = |assignment: &StaffAssignment| -> Vec<String> {
            lines(&texts, assignment, None).iter().map(Line::text).collect()
        };
        assert_eq!(shown(&assignment(StaffAccess::All, &["a"])), [texts.get("care-team-staff-all")]);
        assert_eq!(shown(&assignment(StaffAccess::Assigned, &[])), [texts.get("care-team-staff-nobody")]);
        let listed = shown(&assignment(StaffAccess::Assigned, &["a", "\x1b[2J"]));
        assert!(listed[2].starts_with("氏名 a") && listed[2].ends_with("  a"), "{listed:#?}");
        assert!(listed[3].contains("␛[2J"), "{listed:#?}");
    }
}
