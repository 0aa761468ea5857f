//! Consents in words.

use jiff::Timestamp;
use renkei_proto::v1::{
    Category, Consent, ConsentEffect, ConsentException, ConsentForm, ConsentSigner, ConsentSignerKind,
    ConsentSignerRelation, Date, PurposeOfUse, Role, Sensitivity, consent_scope::Scope,
};

use crate::{
    command::{
        Context,
        consent::names::{Names, scope},
    },
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        label::{Named, words},
        line::{Line, Style},
        time, width,
    },
    text::{Message, Texts, msg},
};

/// Prints what was done, and how the consent stands after it.
pub(crate) async fn print(
    context: &Context<'_>,
    connection: &Connection,
    consent: &Consent,
    said: &Message,
) -> Result<()> {
    let names = Names::of(context, connection, std::slice::from_ref(consent)).await?;
    context.out.one(consent.json(), || {
        let mut lines = vec![context.line(said)];
        lines.extend(View::new(context, &names).lines(consent));
        lines
    })
}

/// How consents are shown: names, columns, and the moment at which they are looked at.
pub(crate) struct View<'a> {
    texts: &'a Texts,
    names: &'a Names,
    columns: usize,
    now: Timestamp,
    today: Date,
}

impl<'a> View<'a> {
    pub(crate) fn new(context: &Context<'a>, names: &'a Names) -> Self {
        let columns = context.out.columns().unwrap_or(width::UNLIMITED);
        Self { texts: context.texts, names, columns, now: Timestamp::now(), today: time::today() }
    }

    /// One version of a consent, with an empty line after it.
    pub(crate) fn lines(&self, consent: &Consent) -> Vec<Line> {
        let form = consent.form.clone().unwrap_or_default();
        let mut lines = vec![self.heading(consent, &form)];
        let mut texts = self.conditions(&form);
        texts.push(self.period(&form));
        lines.extend(texts.iter().flat_map(|text| self.wrapped(text)));
        if !consent.custodian {
            lines.extend(self.wrapped(&self.signed(consent, &form)));
        }
        lines.extend(form.review_date.as_ref().map(|day| self.review(consent, day)));
        let recorded = time::local(consent.record_time.as_ref());
        let by = entry::actor(self.texts, consent.recorded_by.as_ref());
        lines.extend(self.wrapped(&self.say(&msg!("consent-recorded-by", time = recorded, actor = by))));
        if consent.withdraw_time.is_some() {
            let withdrawn = time::local(consent.withdraw_time.as_ref());
            let by = entry::actor(self.texts, consent.withdrawn_by.as_ref());
            let said = self.say(&msg!("consent-withdrawn-by", time = withdrawn, actor = by));
            lines.push(Line::styled(Style::Alarm, said));
        }
        if !consent.paper_attachment_id.is_empty() {
            lines.extend(
                self.wrapped(&self.say(&msg!("consent-paper", attachment = consent.paper_attachment_id))),
            );
        }
        lines.push(Line::styled(Style::Faint, consent.consent_id.as_str()));
        let mut lines: Vec<Line> = lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| line.indented(if index == 0 { 0 } else { INDENT }))
            .collect();
        lines.push(Line::empty());
        lines
    }

    /// A consent as it stands, with what it leaves out of everything; of one that does not hold, that it does not. Nothing
    /// is cut: what does not fit into the columns goes on on the next line.
    pub(crate) fn in_short(&self, consent: &Consent, columns: usize) -> Vec<Line> {
        let form = consent.form.clone().unwrap_or_default();
        let mut lines = hanging(&self.heading(consent, &form), columns, 0);
        if self.state(consent, &form) == IN_FORCE {
            let period = form.period.and_then(|period| period.end).map(|_| self.period(&form));
            let said = self.limits(&form).into_iter().chain(period);
            lines.extend(said.flat_map(|text| hanging(&Line::plain(text), columns, INDENT)));
        }
        lines
    }

    /// What it is limited to, and what it does not cover; nothing of a consent without limits.
    fn limits(&self, form: &ConsentForm) -> Vec<String> {
        let categories = (!form.categories.is_empty()).then(|| {
            self.say(&msg!("consent-categories", values = self.labels::<Category>(&form.categories)))
        });
        let without = form
            .exceptions
            .iter()
            .map(|exception| self.say(&msg!("consent-left-out", what = self.exception(exception))));
        categories.into_iter().chain(self.narrowed(form)).chain(without).collect()
    }

    /// What it does, for whom, and how it stands.
    fn heading(&self, consent: &Consent, form: &ConsentForm) -> Line {
        let effect = words::<ConsentEffect>(self.texts, form.effect);
        let style = if form.effect() == ConsentEffect::Deny { Style::Alarm } else { Style::Plain };
        let version = self.say(&msg!("consent-version", version = consent.version));
        let mut heading = Line::styled(style, effect)
            .and(Style::Plain, "  ")
            .and(Style::Strong, self.whom(form))
            .and(Style::Plain, format!("  {version}  "));
        let state = self.texts.get(self.state(consent, form));
        let stands = self.state(consent, form) == IN_FORCE;
        heading = heading.and(if stands { Style::Plain } else { Style::Faint }, state);
        if consent.custodian {
            heading = heading.and(Style::Faint, format!("  {}", self.texts.get("consent-custodian")));
        }
        heading
    }

    fn whom(&self, form: &ConsentForm) -> String {
        match scope(form) {
            Some(Scope::AllMembers(_)) => self.texts.get("consent-all-members"),
            Some(Scope::Organizations(list)) => self.named(&list.organization_ids),
            Some(Scope::PersonId(id)) => self.names.name(id).to_owned(),
            None => String::new(),
        }
    }

    /// The key of how a version stands.
    fn state(&self, consent: &Consent, form: &ConsentForm) -> &'static str {
        let period = form.period.unwrap_or_default();
        let moment = |time: Option<prost_types::Timestamp>| time.as_ref().and_then(time::instant);
        if consent.supersede_time.is_some() {
            "state-superseded"
        } else if consent.withdraw_time.is_some() {
            "state-withdrawn"
        } else if moment(period.end).is_some_and(|end| end <= self.now) {
            "state-ended"
        } else if moment(period.start).is_some_and(|start| start > self.now) {
            "state-not-begun"
        } else {
            IN_FORCE
        }
    }

    /// What it covers, and what is excepted.
    fn conditions(&self, form: &ConsentForm) -> Vec<String> {
        let categories = if form.categories.is_empty() {
            self.texts.get("consent-all-categories")
        } else {
            self.labels::<Category>(&form.categories)
        };
        let mut said = vec![self.say(&msg!("consent-categories", values = categories))];
        said.extend(self.narrowed(form));
        for (index, exception) in form.exceptions.iter().enumerate() {
            let what = self.exception(exception);
            said.push(self.say(&msg!("consent-exception", number = index + 1, what = what)));
        }
        said
    }

    /// Beside the categories, what it names.
    fn narrowed(&self, form: &ConsentForm) -> Vec<String> {
        let mut said = Vec::new();
        if !form.sensitivities.is_empty() {
            let values = self.labels::<Sensitivity>(&form.sensitivities);
            said.push(self.say(&msg!("consent-sensitivities", values = values)));
        }
        if !form.roles.is_empty() {
            said.push(self.say(&msg!("consent-roles", values = self.labels::<Role>(&form.roles))));
        }
        if !form.purposes.is_empty() {
            let values = self.labels::<PurposeOfUse>(&form.purposes);
            said.push(self.say(&msg!("consent-purposes", values = values)));
        }
        said
    }

    fn exception(&self, exception: &ConsentException) -> String {
        let mut parts = Vec::new();
        if !exception.organization_ids.is_empty() {
            let values = self.named(&exception.organization_ids);
            parts.push(self.say(&msg!("consent-organizations", values = values)));
        }
        if !exception.person_ids.is_empty() {
            let values = self.named(&exception.person_ids);
            parts.push(self.say(&msg!("consent-people", values = values)));
        }
        if !exception.roles.is_empty() {
            let values = self.labels::<Role>(&exception.roles);
            parts.push(self.say(&msg!("consent-roles", values = values)));
        }
        if !exception.categories.is_empty() {
            let values = self.labels::<Category>(&exception.categories);
            parts.push(self.say(&msg!("consent-categories", values = values)));
        }
        if !exception.sensitivities.is_empty() {
            let values = self.labels::<Sensitivity>(&exception.sensitivities);
            parts.push(self.say(&msg!("consent-sensitivities", values = values)));
        }
        parts.join(&self.texts.get("condition-separator"))
    }

    fn period(&self, form: &ConsentForm) -> String {
        let period = form.period.unwrap_or_default();
        let from = time::local(period.start.as_ref());
        match &period.end {
            Some(end) => self.say(&msg!("consent-period", from = from, until = time::local(Some(end)))),
            None => self.say(&msg!("consent-period-open", from = from)),
        }
    }

    fn signed(&self, consent: &Consent, form: &ConsentForm) -> String {
        let signer = form.signer.clone().unwrap_or_default();
        if signer.kind() == ConsentSignerKind::Unspecified {
            return self.texts.get("consent-signer-unknown");
        }
        let day = form.sign_date.as_ref().map(time::day).unwrap_or_default();
        self.say(&msg!("consent-signed", signer = self.signer(consent, &signer), day = day))
    }

    fn signer(&self, consent: &Consent, signer: &ConsentSigner) -> String {
        let kind = words::<ConsentSignerKind>(self.texts, signer.kind);
        if signer.kind() == ConsentSignerKind::Patient {
            return kind;
        }
        let name = if consent.damaged { self.texts.get("entry-damaged") } else { signer.name.clone() };
        let relation = words::<ConsentSignerRelation>(self.texts, signer.relation);
        self.say(&msg!("consent-representative", name = name, kind = kind, relation = relation))
    }

    /// When it is to be gone through again; marked where that is soon or past, of what still stands.
    fn review(&self, consent: &Consent, day: &Date) -> Line {
        let said = time::day(day);
        let done = consent.withdraw_time.is_some() || consent.supersede_time.is_some();
        match time::days_between(&self.today, day).filter(|_| !done) {
            Some(days) if days < 0 => {
                Line::styled(Style::Alarm, self.say(&msg!("consent-review-overdue", day = said)))
            }
            Some(days) if days <= SOON => {
                Line::styled(Style::Fresh, self.say(&msg!("consent-review-due", day = said)))
            }
            _ => Line::plain(self.say(&msg!("consent-review", day = said))),
        }
    }

    fn named(&self, ids: &[String]) -> String {
        let names: Vec<&str> = ids.iter().map(|id| self.names.name(id)).collect();
        names.join(&self.texts.get("list-separator"))
    }

    fn labels<E: Named>(&self, values: &[i32]) -> String {
        let words: Vec<String> = values.iter().map(|value| words::<E>(self.texts, *value)).collect();
        words.join(&self.texts.get("list-separator"))
    }

    fn say(&self, message: &Message) -> String {
        self.texts.format(message)
    }

    fn wrapped(&self, text: &str) -> Vec<Line> {
        width::wrap(text, self.columns.saturating_sub(INDENT)).into_iter().map(Line::plain).collect()
    }
}

/// The line so much to the right; what does not fit goes on below, further to the right.
fn hanging(line: &Line, columns: usize, by: usize) -> Vec<Line> {
    let room = columns.saturating_sub(by);
    let fits = width::width(&line.text()) <= room;
    let lines = line.wrapped(if fits { room } else { room.saturating_sub(HANGING) });
    lines.into_iter().enumerate().map(|(at, line)| line.indented(by + HANGING.min(at * HANGING))).collect()
}

const IN_FORCE: &str = "state-in-force";
/// Days ahead from which a consent is to be gone through again.
const SOON: i32 = 30;
const INDENT: usize = 4;
const HANGING: usize = 2;

#[cfg(test)]
mod tests;
