//! The policies.

use std::str::FromStr as _;

use cedar_policy::{Policy, PolicyId, PolicySet};
use renkei_oracle::{
    case::{Case, Exception, Form, Scope},
    oracle::Rule,
};

/// What holds in every case.
const FIXED: [(&str, &str); 9] = [
    ("active", "forbid (principal, action, resource) unless { context.active };"),
    ("role", "forbid (principal, action, resource) unless { context.role.sees_patients };"),
    (
        "member",
        "forbid (principal, action, resource) unless {
            context.team.organizations.contains(context.organization)
            || context.team.persons.contains(principal)
        };",
    ),
    (
        "assigned",
        r#"forbid (principal, action, resource) unless {
            context.team.open.contains(context.organization)
            || context.team.assigned.contains({ organization: context.organization, person: principal })
            || context.team.persons.contains(principal)
            || (action == Action::"read" && context.purpose == "TREATMENT" && context.now < context.emergency_ends)
        };"#,
    ),
    (
        "duty",
        r#"forbid (principal, action == Action::"post", resource) unless {
            context.role.posts.contains(resource.category)
        };"#,
    ),
    (
        "own",
        r#"permit (principal, action == Action::"read", resource is Entry) when {
            resource.author == principal
        };"#,
    ),
    (
        "emergency",
        r#"permit (principal, action == Action::"read", resource is Entry) when {
            context.purpose == "TREATMENT" && context.now < context.emergency_ends
        };"#,
    ),
    (
        "notices",
        r#"permit (principal, action == Action::"read", resource is Notice) when {
            context.sees_anything
        };"#,
    ),
    (
        "visible",
        r#"permit (principal, action == Action::"read", resource is Patient) when {
            context.sees_anything
        };"#,
    ),
];

/// The condition of a field that is any.
const ANY: &str = "true";

/// The fixed policies.
pub(super) fn fixed() -> PolicySet {
    let mut policies = PolicySet::new();
    for (name, text) in FIXED {
        add(&mut policies, name.to_owned(), text);
    }
    policies
}

/// The same and one for every form and every exception of the case, by their [`name`].
pub(super) fn with_forms(fixed: &PolicySet, case: &Case) -> PolicySet {
    let mut policies = fixed.clone();
    // What keeps the normal content of a category from somebody.
    let mut normal_is_denied = Vec::new();
    for (form, number) in case.forms.iter().zip(0..) {
        let whom = whom(form);
        let about = [purposes(form), listed("resource.category", &form.categories)];
        let sensitivities = match form.sensitivities.as_slice() {
            [] if form.permits => r#"resource.sensitivity == "NORMAL""#.to_owned(),
            named => listed("resource.sensitivity", named),
        };
        let conditions = all(whom.iter().chain(&about).chain([&sensitivities]));
        let policy = if form.permits { permit(&conditions) } else { forbid(&conditions) };
        add(&mut policies, name((number, 0)), &policy);
        if !form.permits && has_normal(&form.sensitivities) {
            normal_is_denied.push(all(whom.iter().chain(&about)));
        }
        for (exception, nth) in form.exceptions.iter().zip(1..) {
            let excepted = excepted(exception);
            let sensitivities = listed("resource.sensitivity", &exception.sensitivities);
            let conditions = all(whom.iter().chain(&excepted).chain([&sensitivities]));
            add(&mut policies, name((number, nth)), &forbid(&conditions));
            if has_normal(&exception.sensitivities) {
                normal_is_denied.push(all(whom.iter().chain(&excepted)));
            }
        }
    }
    // Whoever is permitted the normal content of a category may post restricted content into it.
    let unless = if normal_is_denied.is_empty() { "false".to_owned() } else { normal_is_denied.join(" || ") };
    for (form, number) in case.forms.iter().zip(0..) {
        if form.permits && has_normal(&form.sensitivities) {
            let about = [purposes(form), listed("resource.category", &form.categories)];
            let conditions = all(whom(form).iter().chain(&about));
            let policy = format!(
                r#"permit (principal, action == Action::"post", resource is Entry)
                when {{ {conditions} }} unless {{ {unless} }};"#
            );
            add(&mut policies, format!("as normal {number}"), &policy);
        }
    }
    policies
}

/// The name of the policy for a form (0) or one of its exceptions (from 1).
pub(super) fn name((form, exception): Rule) -> String {
    format!("{form}.{exception}")
}

fn add(policies: &mut PolicySet, name: String, text: &str) {
    let id = PolicyId::from_str(&name).expect("any text is an id");
    let policy = Policy::parse(Some(id), text).unwrap_or_else(|error| panic!("{error}: {text}"));
    policies.add(policy).expect("each name once");
}

fn permit(conditions: &str) -> String {
    format!(
        r#"permit (principal, action in [Action::"read", Action::"post"], resource is Entry)
        when {{ {conditions} }};"#
    )
}

fn forbid(conditions: &str) -> String {
    format!("forbid (principal, action, resource is Entry) when {{ {conditions} }};")
}

/// Whom a form reaches, and when.
fn whom(form: &Form) -> [String; 3] {
    let scope = match &form.scope {
        Scope::AllMembers => ANY.to_owned(),
        Scope::Organizations(names) => one_of("context.organization", "Organization", names),
        Scope::Person(name) => format!(r#"principal == Person::"{name}""#),
    };
    let mut period = format!("{} <= context.now", form.start);
    if let Some(end) = form.end {
        period += &format!(" && context.now < {end}");
    }
    [scope, one_of("context.role", "Role", &form.roles), period]
}

fn excepted(exception: &Exception) -> [String; 4] {
    [
        one_of("context.organization", "Organization", &exception.organizations),
        one_of("principal", "Person", &exception.persons),
        one_of("context.role", "Role", &exception.roles),
        listed("resource.category", &exception.categories),
    ]
}

fn purposes(form: &Form) -> String {
    listed("context.purpose", &form.purposes)
}

/// That it is one of these words; of none: any.
fn listed(of: &str, words: &[&str]) -> String {
    if words.is_empty() {
        return ANY.to_owned();
    }
    let each: Vec<_> = words.iter().map(|word| format!("{of} == {word:?}")).collect();
    each.join(" || ")
}

/// That it is one of these entities; of none: any.
fn one_of(of: &str, kind: &str, names: &[&str]) -> String {
    if names.is_empty() {
        return ANY.to_owned();
    }
    let each: Vec<_> = names.iter().map(|name| format!("{of} == {kind}::{name:?}")).collect();
    each.join(" || ")
}

fn has_normal(sensitivities: &[&str]) -> bool {
    sensitivities.is_empty() || sensitivities.contains(&"NORMAL")
}

fn all<'a>(conditions: impl IntoIterator<Item = &'a String>) -> String {
    // Cedar's time goes with the number of terms.
    let given = conditions.into_iter().filter(|condition| *condition != ANY);
    let given: Vec<_> = given.map(|condition| format!("({condition})")).collect();
    if given.is_empty() { ANY.to_owned() } else { given.join(" && ") }
}
