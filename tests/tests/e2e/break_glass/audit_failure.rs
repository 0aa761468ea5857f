//! When an access cannot be put on record, nothing is shown.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{Category, NoticeKind, watch_response::Event};
use renkei_tests::database::Engine;
use tokio::time::timeout;
use tonic::Code;

use super::open_record;
use crate::{
    calls::count_of,
    circle::Circle,
    refusal::refused,
    side_doors::{is_silent, started, watch},
};

crate::on_both_engines!(an_access_that_cannot_be_put_on_record_shows_nothing);

/// How long a stream must stay silent to be taken for silent.
const SILENCE: Duration = Duration::from_millis(300);

/// Lets the database refuse every audit event of this action.
fn spoil(circle: &Circle, engine: Engine, action: &str) -> Result<()> {
    let trigger = match engine {
        Engine::Sqlite => format!(
            "CREATE TRIGGER spoil BEFORE INSERT ON audit_event WHEN NEW.action = '{action}' \
             BEGIN SELECT RAISE(ABORT, 'spoilt'); END"
        ),
        Engine::Postgres => format!(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'spoilt'; END $$; \
             CREATE TRIGGER spoil BEFORE INSERT ON audit_event FOR EACH ROW \
             WHEN (NEW.action = '{action}') EXECUTE FUNCTION spoil()"
        ),
    };
    circle.region.server.sql(&trigger).map(drop)
}

fn mend(circle: &Circle, engine: Engine) -> Result<()> {
    let statement = match engine {
        Engine::Sqlite => "DROP TRIGGER spoil",
        Engine::Postgres => "DROP FUNCTION spoil() CASCADE",
    };
    circle.region.server.sql(statement).map(drop)
}

async fn an_access_that_cannot_be_put_on_record_shows_nothing(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let entry = circle.post(Category::Message, "かかりつけの病院は東").await?;
    let mut of_doctor = watch(doctor, patient, None).await?;
    started(&mut of_doctor).await?;

    spoil(&circle, engine, "BREAK_GLASS")?;
    let status = refused(nurse.break_glass(patient).await)?;
    ensure!([Code::Internal, Code::Unavailable].contains(&status.code()), "{status:?}");
    let rows = circle.region.server.sql("SELECT COUNT(*) FROM break_glass")?;
    ensure!(rows == "0", "{rows} rows");
    nurse.expect_nothing(patient).await?;
    ensure!(doctor.list_break_glass(patient, true).await?.is_empty(), "it was opened");
    ensure!(count_of(&doctor.all_entries(patient).await?, NoticeKind::BreakGlass) == 0, "it was told");
    is_silent(&mut of_doctor).await.context("on the stream")?;

    mend(&circle, engine)?;
    open_record(nurse, patient).await?;
    let mut of_nurse = watch(nurse, patient, None).await?;
    started(&mut of_nurse).await?;
    spoil(&circle, engine, "ENTRY_READ")?;
    for status in [
        refused(nurse.list(patient).await)?,
        refused(nurse.entry(patient, &entry.entry_id).await)?,
        refused(nurse.timeline.clone().list_inbox(renkei_proto::v1::ListInboxRequest::default()).await)?,
    ] {
        ensure!([Code::Internal, Code::Unavailable].contains(&status.code()), "{status:?}");
    }
    doctor.post(patient, "記録できない間の連絡").await?;
    loop {
        match timeout(SILENCE, of_nurse.message()).await {
            // silent, or ended: nothing was shown
            Err(_) | Ok(Err(_)) => break,
            Ok(Ok(message)) => {
                let event = message.and_then(|message| message.event).context("an event")?;
                ensure!(!matches!(event, Event::Entry(_)), "shown without a record: {event:?}");
            }
        }
    }
    mend(&circle, engine)?;
    nurse.expect_texts(patient, &["かかりつけの病院は東", "記録できない間の連絡"]).await
}
