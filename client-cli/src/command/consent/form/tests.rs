use clap::Parser;

use super::*;
use crate::error::Exit;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    form: Form,
}

/// The form as typed after `record`, with a paper that is there.
fn typed(words: &[&str]) -> Result<Typed> {
    let folder = tempfile::tempdir().unwrap();
    let paper = folder.path().join("consent.pdf");
    std::fs::write(&paper, "%PDF").unwrap();
    let paper = ["--paper".to_owned(), paper.to_string_lossy().into_owned()];
    let words = ["record"].iter().chain(words).map(|word| (*word).to_owned()).chain(paper);
    Line::try_parse_from(words).unwrap().form.read()
}

fn does_not_parse(words: &[&str]) -> bool {
    let words = ["record"].iter().chain(words).copied().chain(["--paper", "consent.pdf"]);
    Line::try_parse_from(words).is_err()
}

#[test]
fn a_short_line_permits_all_and_is_signed_by_the_patient_today() {
    let before = time::today();
    let typed = typed(&["--all-members"]).unwrap();
    assert!(matches!(typed.whom, Whom::AllMembers));
    assert_eq!(typed.form.effect(), ConsentEffect::Permit);
    assert_eq!(typed.form.signer.as_ref().unwrap().kind(), ConsentSignerKind::Patient);
    assert!([before, time::today()].contains(typed.form.sign_date.as_ref().unwrap()));
    assert!(typed.form.period.is_none() && typed.form.review_date.is_none());
    assert!(typed.form.categories.is_empty() && typed.exceptions.is_empty());
    assert_eq!(typed.paper.file_name, "consent.pdf");
}

#[test]
fn everything_that_a_paper_can_say() {
    let line = "--organization A --organization B --role doctor --role care-manager --category visit_note \
                --sensitivity normal --sensitivity mental-health --purpose treatment --from 2026-07-01 \
                --until 2027-07-01 --signer representative --signer-name 山田 --relation child \
                --signed-on 2026-06-30 --review-on 2027-06-30";
    let typed = typed(&line.split_whitespace().collect::<Vec<_>>()).unwrap();
    let Whom::Organizations(organizations) = &typed.whom else { panic!("{typed:?}") };
    assert_eq!(organizations, &["A", "B"]);
    let form = &typed.form;
    assert_eq!(form.roles().collect::<Vec<_>>(), [Role::Doctor, Role::CareManager]);
    assert_eq!(form.categories().collect::<Vec<_>>(), [Category::VisitNote]);
    assert_eq!(form.sensitivities().collect::<Vec<_>>(), [Sensitivity::Normal, Sensitivity::MentalHealth]);
    assert_eq!(form.purposes().collect::<Vec<_>>(), [PurposeOfUse::Treatment]);
    assert!(form.period.unwrap().start.is_some() && form.period.unwrap().end.is_some());
    let signer = form.signer.as_ref().unwrap();
    assert_eq!((signer.name.as_str(), signer.relation()), ("山田", ConsentSignerRelation::Child));
    assert_eq!(time::day(form.sign_date.as_ref().unwrap()), "2026-06-30");
    assert_eq!(time::day(form.review_date.as_ref().unwrap()), "2027-06-30");
}

#[test]
fn each_value_is_an_exception_of_its_own_and_combined_ones_come_last() {
    let line = "--all-members --except role=nurse,category=nursing --except-category laboratory \
                --except-category message --except-organization A --except-sensitivity abuse \
                --except-person hanako --except-role doctor";
    let typed = typed(&line.split_whitespace().collect::<Vec<_>>()).unwrap();
    let none = Exception::default;
    assert_eq!(
        typed.exceptions,
        [
            Exception { organizations: vec!["A".into()], ..none() },
            Exception { people: vec!["hanako".into()], ..none() },
            Exception { roles: vec![Role::Doctor], ..none() },
            Exception { categories: vec![Category::Laboratory], ..none() },
            Exception { categories: vec![Category::Message], ..none() },
            Exception { sensitivities: vec![Sensitivity::Abuse], ..none() },
            Exception { roles: vec![Role::Nurse], categories: vec![Category::Nursing], ..none() },
        ]
    );
}

#[test]
fn what_does_not_go_together_does_not_parse() {
    for line in [
        "",
        "--all-members --person hanako",
        "--organization A --all-members",
        "--all-members --deny --except-category laboratory",
        "--all-members --deny --except category=laboratory",
        "--all-members --signer representative --relation child",
        "--all-members --signer representative --signer-name 山田",
        "--all-members --category notice",
        "--all-members --purpose emergency",
    ] {
        assert!(does_not_parse(&line.split_whitespace().collect::<Vec<_>>()), "{line}");
    }
    let denial = typed(&["--person", "hanako", "--deny"]).unwrap();
    assert_eq!(denial.form.effect(), ConsentEffect::Deny);
}

#[test]
fn what_does_not_read_is_said_before_anything_is_asked() {
    for words in [
        &["--signer-name", "山田"][..],
        &["--relation", "child"],
        &["--signed-on", "yesterday"],
        &["--review-on", "2026-02-30"],
        &["--until", "soon"],
        &["--except", "everything"],
    ] {
        let words = [&["--all-members"], words].concat();
        assert_eq!(typed(&words).unwrap_err().exit(), Exit::Usage, "{words:?}");
    }
}
