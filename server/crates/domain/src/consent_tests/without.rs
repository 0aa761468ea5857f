//! What is left of a form when a part of it is withdrawn.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

fn categories(categories: &[Category]) -> Part {
    Part { categories: categories.iter().copied().collect(), ..Part::default() }
}

fn sensitivities(sensitivities: &[Sensitivity]) -> Part {
    Part { sensitivities: sensitivities.iter().copied().collect(), ..Part::default() }
}

fn organizations(ids: &[OrganizationId]) -> Part {
    Part { organizations: ids.iter().copied().collect(), ..Part::default() }
}

fn persons(ids: &[PersonId]) -> Part {
    Part { persons: ids.iter().copied().collect(), ..Part::default() }
}

fn person(id: PersonId) -> Form {
    Form { scope: Scope::Person(id), ..form() }
}

fn excepted(exceptions: impl IntoIterator<Item = Exception>) -> Vec<Exception> {
    exceptions.into_iter().collect()
}

#[test]
fn without_nothing_it_is_the_same() {
    for form in [form(), of([STATION]), person(NURSE)] {
        assert_eq!(form.clone().without(&Part::default()), Some(form));
    }
}

#[test]
fn listed_categories_are_taken_off() {
    let two = Form { categories: set([Category::Nursing, Category::Message]), ..form() };
    let left = two.clone().without(&categories(&[Category::Nursing, Category::Referral])).unwrap();
    assert_eq!(left, Form { categories: set([Category::Message]), ..two.clone() });
    assert_eq!(two.without(&categories(&[Category::Nursing, Category::Message])), None);
}

#[test]
fn any_category_becomes_the_others() {
    let left = form().without(&categories(&[Category::Nursing])).unwrap();
    let others: BTreeSet<_> = Category::consentable().filter(|c| *c != Category::Nursing).collect();
    assert_eq!(left, Form { categories: others, ..form() });
    // An empty list would be any again.
    let all: Vec<_> = Category::consentable().collect();
    assert_eq!(form().without(&categories(&all)), None);
}

#[test]
fn sensitivities_are_taken_off() {
    use Sensitivity::{Abuse, Infection, Normal};
    let three = Form { sensitivities: set([Normal, Abuse, Infection]), ..form() };
    let left = three.clone().without(&sensitivities(&[Abuse])).unwrap();
    assert_eq!(left, Form { sensitivities: set([Normal, Infection]), ..three.clone() });
    assert_eq!(three.without(&sensitivities(&[Normal, Abuse, Infection])), None);
    // Any is the normal where it permits; an empty list would be that again.
    assert_eq!(form().without(&sensitivities(&[Normal])), None);
    let left = form().without(&sensitivities(&[Abuse])).unwrap();
    assert_eq!(left, Form { sensitivities: set([Normal]), ..form() });
}

#[test]
fn categories_and_sensitivities_are_both_taken_off() {
    use Sensitivity::{Abuse, Normal};
    let form = Form {
        categories: set([Category::Nursing, Category::Message]),
        sensitivities: set([Normal, Abuse]),
        ..form()
    };
    let part = Part { sensitivities: set([Abuse]), ..categories(&[Category::Nursing]) };
    let left = form.clone().without(&part).unwrap();
    let expected =
        Form { categories: set([Category::Message]), sensitivities: set([Normal]), ..form.clone() };
    assert_eq!(left, expected);
    let part = Part { sensitivities: set([Abuse, Normal]), ..categories(&[Category::Nursing]) };
    assert_eq!(form.without(&part), None);
}

#[test]
fn listed_organisations_are_taken_off() {
    let left = of([STATION, CLINIC]).without(&organizations(&[CLINIC, PHARMACY])).unwrap();
    assert_eq!(left, of([STATION]));
    assert_eq!(of([CLINIC]).without(&organizations(&[CLINIC])), None);
}

#[test]
fn of_all_members_organisations_and_persons_are_excepted() {
    let clinic = Exception { organizations: set([CLINIC]), ..Exception::default() };
    let nurse = Exception { persons: set([NURSE]), ..Exception::default() };
    let left = |part: &Part| form().without(part).unwrap();
    assert_eq!(left(&organizations(&[CLINIC])).exceptions, excepted([clinic.clone()]));
    assert_eq!(left(&persons(&[NURSE])).exceptions, excepted([nurse.clone()]));
    // Each for itself: the nurse also at other organisations, the clinic's others too.
    let both = Part { persons: set([NURSE]), ..organizations(&[CLINIC]) };
    assert_eq!(left(&both), Form { exceptions: excepted([clinic, nurse]), ..form() });
}

#[test]
fn of_listed_organisations_persons_are_excepted() {
    let nurse = Exception { persons: set([NURSE]), ..Exception::default() };
    let left = of([STATION]).without(&persons(&[NURSE])).unwrap();
    assert_eq!(left, Form { exceptions: excepted([nurse.clone()]), ..of([STATION]) });
    let both = Part { persons: set([NURSE]), ..organizations(&[CLINIC]) };
    let left = of([STATION, CLINIC]).without(&both).unwrap();
    assert_eq!(left, Form { exceptions: excepted([nurse]), ..of([STATION]) });
    let both = Part { persons: set([NURSE]), ..organizations(&[STATION]) };
    assert_eq!(of([STATION]).without(&both), None);
}

#[test]
fn a_withdrawal_does_not_end_what_an_exception_denies() {
    let medication = Exception {
        organizations: set([CLINIC]),
        categories: set([Category::Medication]),
        ..Exception::default()
    };
    let form = Form { exceptions: excepted([medication.clone()]), ..of([STATION, CLINIC]) };
    let left = form.clone().without(&organizations(&[CLINIC])).unwrap();
    let all = Exception { organizations: set([CLINIC]), ..Exception::default() };
    assert_eq!(left, Form { exceptions: excepted([medication, all]), ..of([STATION, CLINIC]) });
    assert_eq!(form.without(&organizations(&[STATION, CLINIC])), None);

    // An exception that lists no organisation is about all of the scope.
    let of_all = Exception { categories: set([Category::Medication]), ..Exception::default() };
    let form = Form { exceptions: excepted([of_all.clone()]), ..of([STATION, CLINIC]) };
    let all = Exception { organizations: set([CLINIC]), ..Exception::default() };
    let left = form.without(&organizations(&[CLINIC])).unwrap();
    assert_eq!(left, Form { exceptions: excepted([of_all, all]), ..of([STATION, CLINIC]) });
}

#[test]
fn categories_and_sensitivities_for_some_are_each_excepted() {
    let what = Part { sensitivities: set([Sensitivity::Abuse]), ..categories(&[Category::Nursing]) };
    let left = form().without(&Part { organizations: set([CLINIC]), ..what }).unwrap();
    let clinic = Exception { organizations: set([CLINIC]), ..Exception::default() };
    let nursing = Exception { categories: set([Category::Nursing]), ..clinic.clone() };
    let abuse = Exception { sensitivities: set([Sensitivity::Abuse]), ..clinic };
    assert_eq!(left.exceptions, excepted([nursing, abuse]));
}

#[test]
fn of_one_person_nothing_is_left_without_that_person() {
    assert_eq!(person(NURSE).without(&persons(&[NURSE, DOCTOR])), None);
    // At one organisation no longer, at others still.
    let clinic = Exception { organizations: set([CLINIC]), ..Exception::default() };
    let left = person(NURSE).without(&organizations(&[CLINIC])).unwrap();
    assert_eq!(left, Form { exceptions: excepted([clinic]), ..person(NURSE) });
}

#[test]
fn categories_for_some_are_excepted_for_these() {
    let part = Part { organizations: set([CLINIC]), ..categories(&[Category::Nursing]) };
    let exception = Exception {
        organizations: set([CLINIC]),
        categories: set([Category::Nursing]),
        ..Exception::default()
    };
    for form in [form(), of([CLINIC]), of([STATION]), person(NURSE)] {
        let left = form.clone().without(&part).unwrap();
        assert_eq!(left, Form { exceptions: excepted([exception.clone()]), ..form });
    }
    let part = Part { persons: set([NURSE]), ..sensitivities(&[Sensitivity::Abuse]) };
    let exception =
        Exception { persons: set([NURSE]), sensitivities: set([Sensitivity::Abuse]), ..Exception::default() };
    // Not all is withdrawn even if the form is about nobody else: other categories are left.
    let left = person(NURSE).without(&part).unwrap();
    assert_eq!(left, Form { exceptions: excepted([exception]), ..person(NURSE) });
}

#[test]
fn what_was_excepted_before_stays_in_front() {
    let before = Exception { roles: set([Role::CareWorker]), ..Exception::default() };
    let form = Form { exceptions: excepted([before.clone()]), ..form() };
    let left = form.clone().without(&organizations(&[CLINIC])).unwrap();
    let clinic = Exception { organizations: set([CLINIC]), ..Exception::default() };
    assert_eq!(left.exceptions, [before.clone(), clinic]);
    let left = form.without(&categories(&[Category::Nursing])).unwrap();
    assert_eq!(left.exceptions, [before]);
}

fn some<T: Ord + Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = BTreeSet<T>> {
    let most = values.len();
    subsequence(values, 0..=most).prop_map(set)
}

fn any_form() -> impl Strategy<Value = Form> {
    let scope = prop_oneof![
        Just(Scope::AllMembers),
        some(vec![STATION, CLINIC]).prop_map(Scope::Organizations),
        select(vec![NURSE, DOCTOR]).prop_map(Scope::Person),
    ];
    let kinds = (some(vec![Category::Nursing, Category::Message]), some(Sensitivity::ALL[..3].to_vec()));
    (scope, kinds).prop_map(|(scope, (categories, sensitivities))| Form {
        scope,
        categories,
        sensitivities,
        ..form()
    })
}

fn any_part() -> impl Strategy<Value = Part> {
    (
        some(vec![Category::Nursing, Category::Referral]),
        some(Sensitivity::ALL[..2].to_vec()),
        some(vec![STATION, PHARMACY]),
        some(vec![NURSE]),
    )
        .prop_map(|(categories, sensitivities, organizations, persons)| Part {
            categories,
            sensitivities,
            organizations,
            persons,
        })
}

/// What the form permits, of everything and to everybody that there is here.
fn permitted(form: Option<&Form>) -> BTreeSet<(PersonId, OrganizationId, Category, Sensitivity)> {
    let rules = form.map(|form| form.compile(CONSENT, 1)).unwrap_or_default();
    let mut permitted = BTreeSet::new();
    for person in [NURSE, DOCTOR] {
        for organization in [STATION, CLINIC, PHARMACY] {
            let subject = Subject { person, organization, role: Role::Nurse, purpose: Purpose::Treatment };
            for (category, sensitivity) in crate::Sight::kinds() {
                let matching = |effect| {
                    rules.iter().any(|rule| {
                        rule.effect == effect && rule.names(&subject) && rule.covers(category, sensitivity)
                    })
                };
                if matching(Effect::Permit) && !matching(Effect::Deny) {
                    permitted.insert((person, organization, category, sensitivity));
                }
            }
        }
    }
    permitted
}

proptest! {
    #[test]
    fn what_is_withdrawn_and_only_that_is_permitted_no_longer(form in any_form(), part in any_part()) {
        let names_whom = !part.organizations.is_empty() || !part.persons.is_empty();
        let names_what = !part.categories.is_empty() || !part.sensitivities.is_empty();
        let mut expected = permitted(Some(&form));
        expected.retain(|(person, organization, category, sensitivity)| {
            let whom = part.organizations.contains(organization) || part.persons.contains(person);
            let what = part.categories.contains(category) || part.sensitivities.contains(sensitivity);
            !((whom || !names_whom) && (what || !names_what) && (names_whom || names_what))
        });
        // Nothing left is said as such, so that the consent ends.
        let left = form.without(&part);
        prop_assert_eq!(permitted(left.as_ref()), expected);
    }
}
