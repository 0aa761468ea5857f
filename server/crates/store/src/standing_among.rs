//! How a patient stands to everybody of its care team, read at once. It is part of [`crate::patient`].

use renkei_domain::access::Standing;
use renkei_domain::id::{PatientId, PersonId};
use renkei_domain::identity::Actor;

use crate::row::ActorRow;
use crate::rule;
use crate::sql::{run, statements};
use crate::staff::of_team;
use crate::standing::{StandingRow, shut, standings};
use crate::{Conn, StoreError};

statements! {
    STANDINGS_AMONG = standings!("w.organization_id", "w.person_id", "w.role",
        "n.person_id, n.name AS person_name, z.organization_id, z.name AS organization_name, w.role, ",
        "affiliation w JOIN patient p ON p.patient_id = $1 JOIN organization z ON z.organization_id = w.organization_id",
        concat!("p.shredded_at IS NULL AND w.ended_at IS NULL AND n.suspended_at IS NULL AND w.person_id > $2 \
         AND w.affiliation_id IN (", of_team!(), ") ORDER BY w.person_id, w.affiliation_id LIMIT $3"));
}

#[derive(sqlx::FromRow)]
struct AmongRow {
    #[sqlx(flatten)]
    actor: ActorRow,
    #[sqlx(flatten)]
    standing: StandingRow,
}

/// How a patient stands to everybody that its care team consists of with a greater id than `after`, in the order of their
/// ids, as whom they may act: at most `limit`, of nobody a part. Neither suspended people nor affiliations that have ended.
/// With them comes after whom it goes on, if it does.
///
/// # Errors
/// As every query.
pub async fn standings_among(
    conn: &mut Conn,
    patient: PatientId,
    after: PersonId,
    limit: i64,
) -> Result<(Vec<(Actor, Standing)>, Option<PersonId>), StoreError> {
    let mut found: Vec<(Actor, Standing)> = Vec::new();
    for row in run!(conn, all AmongRow: STANDINGS_AMONG, patient.0, after.0, limit)? {
        found.push((row.actor.try_into()?, row.standing.into_standing()?.0));
    }
    let next = found.last().map(|(actor, _)| actor.person).filter(|_| found.len() as i64 == limit);
    if let Some(last) = next {
        // there may be more of the last one, unless the others are none
        let whole = found.partition_point(|(actor, _)| actor.person < last);
        found.truncate(if whole == 0 { found.len() } else { whole });
    }
    let next = next.and_then(|_| found.last()).map(|(actor, _)| actor.person);
    match rule::rules(conn, patient).await {
        Ok(rules) => found.iter_mut().for_each(|(_, standing)| standing.rules.clone_from(&rules)),
        Err(error @ StoreError::Corrupt(_)) => {
            found.iter_mut().for_each(|(_, standing)| shut(standing, &error));
        }
        Err(error) => return Err(error),
    }
    Ok((found, next))
}
