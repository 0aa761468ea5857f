//! What forms compile to.

use super::*;

/// Rule 0 of a form that says nothing more than [`form`].
fn rule() -> Rule {
    Rule {
        reference: RuleRef { consent: CONSENT, version: 3, rule: 0 },
        effect: Effect::Permit,
        organizations: Matches::Any,
        persons: Matches::Any,
        roles: Matches::Any,
        categories: Matches::Any,
        sensitivities: Matches::Any,
        purposes: Matches::Any,
        period: form().period,
    }
}

fn compile(form: &Form) -> Vec<Rule> {
    form.compile(CONSENT, 3)
}

fn except(exception: Exception) -> Form {
    Form { exceptions: vec![exception], ..form() }
}

#[test]
fn what_is_not_listed_is_any() {
    assert_eq!(compile(&form()), [rule()]);
    let denial = Form { effect: Effect::Deny, ..form() };
    assert_eq!(compile(&denial), [Rule { effect: Effect::Deny, ..rule() }]);
}

#[test]
fn every_field_has_its_place() {
    let form = Form {
        roles: set([Role::Nurse, Role::Doctor]),
        categories: set([Category::Nursing]),
        sensitivities: set([Sensitivity::Abuse]),
        purposes: set([Purpose::Treatment]),
        ..of([STATION, CLINIC])
    };
    let compiled = Rule {
        organizations: only([STATION, CLINIC]),
        roles: only([Role::Nurse, Role::Doctor]),
        categories: only([Category::Nursing]),
        sensitivities: only([Sensitivity::Abuse]),
        purposes: only([Purpose::Treatment]),
        ..rule()
    };
    let denial = Form { effect: Effect::Deny, ..form.clone() };
    assert_eq!(compile(&denial), [Rule { effect: Effect::Deny, ..compiled.clone() }]);
    assert_eq!(compile(&form), [compiled]);
    let person = Form { scope: Scope::Person(NURSE), ..self::form() };
    assert_eq!(compile(&person), [Rule { persons: only([NURSE]), ..rule() }]);
}

#[test]
fn an_exception_denies_with_a_number_of_its_own() {
    let medication = Exception { categories: set([Category::Medication]), ..Exception::default() };
    let doctors = Exception { roles: set([Role::Doctor]), ..Exception::default() };
    let form = Form { exceptions: vec![medication, doctors], ..form() };
    let denial = |number, rule: Rule| Rule {
        reference: RuleRef { rule: number, ..rule.reference },
        effect: Effect::Deny,
        ..rule
    };
    let expected = [
        rule(),
        denial(1, Rule { categories: only([Category::Medication]), ..rule() }),
        denial(2, Rule { roles: only([Role::Doctor]), ..rule() }),
    ];
    assert_eq!(compile(&form), expected);
}

#[test]
fn what_stands_in_one_exception_holds_together() {
    let exception = Exception {
        organizations: set([STATION]),
        persons: set([NURSE]),
        roles: set([Role::Nurse]),
        categories: set([Category::Medication]),
        sensitivities: set([Sensitivity::Genetic]),
    };
    let denial = &compile(&except(exception))[1];
    assert_eq!(denial.organizations, only([STATION]));
    assert_eq!(denial.persons, only([NURSE]));
    assert_eq!(denial.roles, only([Role::Nurse]));
    assert_eq!(denial.categories, only([Category::Medication]));
    assert_eq!(denial.sensitivities, only([Sensitivity::Genetic]));
}

#[test]
fn an_exception_stays_within_the_forms_scope() {
    let denial = |form: Form, exception| compile(&Form { exceptions: vec![exception], ..form }).remove(1);
    let organizations = |ids: &[OrganizationId]| Exception {
        organizations: ids.iter().copied().collect(),
        ..Exception::default()
    };
    let persons =
        |ids: &[PersonId]| Exception { persons: ids.iter().copied().collect(), ..Exception::default() };
    let roles = |list: &[Role]| Exception { roles: list.iter().copied().collect(), ..Exception::default() };

    // Of the listed organisations, those that are excepted; without a list, all that are listed.
    let two = of([STATION, CLINIC]);
    assert_eq!(denial(two.clone(), organizations(&[CLINIC, PHARMACY])).organizations, only([CLINIC]));
    assert_eq!(denial(two.clone(), persons(&[NURSE])).organizations, only([STATION, CLINIC]));
    assert_eq!(denial(two.clone(), persons(&[NURSE])).persons, only([NURSE]));
    // Of none of them: then it denies nobody, instead of everybody.
    assert_eq!(denial(two, organizations(&[PHARMACY])).organizations, only([]));

    let person = Form { scope: Scope::Person(NURSE), ..form() };
    assert_eq!(denial(person.clone(), organizations(&[CLINIC])).persons, only([NURSE]));
    assert_eq!(denial(person.clone(), persons(&[NURSE, DOCTOR])).persons, only([NURSE]));
    assert_eq!(denial(person, persons(&[DOCTOR])).persons, only([]));

    let nurses = Form { roles: set([Role::Nurse]), ..form() };
    assert_eq!(denial(nurses.clone(), roles(&[])).roles, only([Role::Nurse]));
    assert_eq!(denial(nurses, roles(&[Role::Doctor])).roles, only([]));
}

#[test]
fn an_exception_denies_for_every_purpose_and_as_long_as_the_form_holds() {
    let form = Form {
        categories: set([Category::Nursing]),
        purposes: set([Purpose::Treatment]),
        ..except(Exception { persons: set([NURSE]), ..Exception::default() })
    };
    let denial = &compile(&form)[1];
    assert_eq!(denial.purposes, Matches::Any);
    assert_eq!(denial.period, form.period);
    // Denied, whatever else permits it: also what this form does not permit.
    assert_eq!(denial.categories, Matches::Any);
    assert_eq!(denial.sensitivities, Matches::Any);
}

#[test]
fn the_custodians_own_permits_it_everything() {
    let form = Form::custodian(STATION, Timestamp(10));
    let [rule] = &compile(&form)[..] else { panic!("one rule") };
    assert_eq!(rule.effect, Effect::Permit);
    assert_eq!(rule.organizations, only([STATION]));
    assert_eq!((rule.period.start, rule.period.end), (Timestamp(10), None));
    for category in Category::consentable() {
        assert!(Sensitivity::ALL.iter().all(|sensitivity| rule.covers(category, *sensitivity)));
    }
    let doctor = Subject {
        person: DOCTOR,
        organization: STATION,
        role: Role::Doctor,
        purpose: Purpose::QualityImprovement,
    };
    assert!(rule.names(&doctor));
    assert!(!rule.names(&Subject { organization: CLINIC, ..doctor }));
}

#[test]
fn any_sensitivity_is_the_normal_to_permit_and_all_to_deny() {
    let denial = Rule { effect: Effect::Deny, ..rule() };
    for &sensitivity in Sensitivity::ALL {
        let is_normal = sensitivity == Sensitivity::Normal;
        assert_eq!(rule().covers(Category::Nursing, sensitivity), is_normal, "{sensitivity}");
        assert!(denial.covers(Category::Nursing, sensitivity), "{sensitivity}");
        for effect in [Effect::Permit, Effect::Deny] {
            let named = Rule { effect, sensitivities: only([sensitivity]), ..rule() };
            let covered: Vec<_> =
                Sensitivity::ALL.iter().filter(|s| named.covers(Category::Nursing, **s)).collect();
            assert_eq!(covered, [&sensitivity], "{effect} {sensitivity}");
        }
    }
}

#[test]
fn no_rule_covers_notices() {
    for effect in [Effect::Permit, Effect::Deny] {
        for categories in [Matches::Any, only([Category::Notice])] {
            let sensitivities = only(Sensitivity::ALL.iter().copied());
            let rule = Rule { effect, categories, sensitivities, ..rule() };
            assert!(Sensitivity::ALL.iter().all(|s| !rule.covers(Category::Notice, *s)));
        }
    }
}
