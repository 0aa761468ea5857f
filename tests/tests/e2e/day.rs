//! The week in the region that `cargo xtask demo` shows.

use anyhow::Result;
use renkei_tests::{
    database::{Database, Engine},
    day::{self, Lang, Stage},
};

crate::on_both_engines!(a_visit_note_travels_from_the_doctor_to_the_care_manager);

async fn a_visit_note_travels_from_the_doctor_to_the_care_manager(engine: Engine) -> Result<()> {
    // Both languages of the client are played, one on each engine.
    let lang = if engine == Engine::Sqlite { Lang::Ja } else { Lang::En };
    let mut stage = Stage::set(Database::create(engine)?, lang)?;
    day::play(&mut stage)?;
    stage.server.stop()
}
