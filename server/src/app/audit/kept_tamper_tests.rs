//! Of the files that a correction keeps none can be taken away, added or put elsewhere.

use super::{Engine, KEPT, Place};

/// What a correction keeps of what it corrects is as much its own as what it brought.
pub(super) async fn a_correction_stands_with_the_files_that_it_keeps(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let [first, second] = [0, 1].map(|at| {
        format!("(SELECT attachment_id FROM attachment WHERE entry_seq = {KEPT} AND entry_place = {at})")
    });
    let other = "(SELECT attachment_id FROM attachment WHERE entry_seq = 60 AND entry_place = 0)";
    let keep = |seq: usize, place: usize, file: &str| {
        format!("INSERT INTO entry_kept_file SELECT patient_id, {seq}, {place}, {file} FROM patient")
    };
    let changes = [
        // taken away, added, put in another's place, in another order
        (format!("DELETE FROM entry_kept_file WHERE attachment_id = {first}"), 1),
        ("DELETE FROM entry_kept_file".to_owned(), 1),
        (keep(KEPT + 3, 2, other), 1),
        (keep(63, 0, other), 1),
        (format!("UPDATE entry_kept_file SET attachment_id = {other} WHERE attachment_id = {second}"), 1),
        (format!("UPDATE entry_kept_file SET place = 2 WHERE attachment_id = {second}"), 1),
        // both entries show it
        (format!("UPDATE entry_kept_file SET seq = {}", KEPT + 6), 2),
        (format!("DELETE FROM attachment WHERE attachment_id = {first}"), 2),
        (
            format!(
                "UPDATE attachment SET manifest = {} WHERE attachment_id = {first}",
                place.bytes(&[7; 32])
            ),
            2,
        ),
        // it was posted with one of them, and that is told too
        (
            format!(
                "DELETE FROM entry_kept_file WHERE attachment_id = {second}; UPDATE attachment \
                 SET entry_seq = {}, entry_place = 0 WHERE attachment_id = {second}",
                KEPT + 3
            ),
            1,
        ),
    ];
    for (change, wrong) in changes {
        place.sql(&format!("{change};"));
        let found = place.verify(&[]).await;
        assert_eq!(found.wrong, wrong, "{change}: {:?}", found.findings);
        place.restore();
    }
    assert_eq!(place.verify(&[]).await.wrong, 0, "what was changed was not put back");
}
