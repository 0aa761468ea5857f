//! What was read for many opens for a permit only.

use super::*;

#[test]
fn a_permit_opens_what_it_reaches_and_nothing_else() {
    let messages = Rule { categories: only([Category::Message]), ..permit(1) };
    let permit = decide(&standing([messages])).read().unwrap();
    let opens = |patient, category, sensitivity, author| {
        Guarded::new(patient, category, sensitivity, author, ()).show(&permit).is_some()
    };
    let normal = Sensitivity::Normal;
    assert!(opens(PATIENT, Category::Message, normal, COLLEAGUE));
    assert!(!opens(PATIENT, Category::Nursing, normal, COLLEAGUE));
    assert!(opens(PATIENT, Category::Nursing, normal, ME), "one's own");
    assert!(!opens(PATIENT, Category::Message, Sensitivity::Abuse, COLLEAGUE));
    assert!(!opens(PatientId(Uuid::from_u128(22)), Category::Message, normal, ME), "another patient's");
}
