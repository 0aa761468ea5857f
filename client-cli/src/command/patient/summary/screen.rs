//! How the summary of a patient looks: what is dangerous first, everything within the columns of the terminal.

use renkei_proto::v1::{
    AllergyList, CarePlan, CareTeamMember, Entry, GetPatientSummaryResponse, Medication, MedicationItem,
    MembershipStatus, Problem, ProblemList, entry_content::Content,
};

use crate::{
    command::care_team::member,
    output::{
        entry::{self, observed},
        line::{Line, Style},
        table::{Column, Table},
        time, width,
    },
    reflect,
    text::{Texts, msg},
};

/// Words and columns.
pub(super) struct Screen<'a> {
    texts: &'a Texts,
    columns: usize,
}

impl<'a> Screen<'a> {
    /// `columns`: of the terminal; where there is none, those of the usual one.
    pub(super) fn new(texts: &'a Texts, columns: Option<usize>) -> Self {
        Self { texts, columns: columns.unwrap_or(USUAL) }
    }

    /// All sections; those of which nothing is seen say so. `consents` fit into the [room](Self::room).
    pub(super) fn lines(
        &self,
        summary: &GetPatientSummaryResponse,
        members: &[CareTeamMember],
        consents: Vec<Line>,
    ) -> Vec<Line> {
        let accepted = members.iter().filter(|member| member.status() == MembershipStatus::Accepted);
        let team: Vec<&str> = accepted.map(member::name).collect();
        let team = self.wrapped(&team.join(&self.texts.get("list-separator")));
        let sections = [
            ("summary-allergies", summary.allergy_list.iter().flat_map(|it| self.allergies(it)).collect()),
            ("summary-problems", summary.problem_list.iter().flat_map(|it| self.problems(it)).collect()),
            ("summary-medications", self.medications(&summary.medications)),
            ("summary-observations", self.observations(summary)),
            ("summary-questions", summary.open_questions.iter().map(|it| self.question(it)).collect()),
            ("summary-care-plan", summary.care_plan.iter().flat_map(|it| self.care_plan(it)).collect()),
            ("summary-care-team", team),
            ("summary-consents", consents),
        ];
        sections.into_iter().flat_map(|(key, lines)| self.section(key, lines)).collect()
    }

    fn section(&self, key: &str, lines: Vec<Line>) -> Vec<Line> {
        let mut section = vec![Line::styled(Style::Strong, self.texts.get(key))];
        if lines.is_empty() {
            section.push(Line::styled(Style::Faint, self.texts.get("summary-none")).indented(INDENT));
        }
        section.extend(lines.into_iter().map(|line| line.indented(INDENT)));
        section
    }

    fn allergies(&self, entry: &Entry) -> Vec<Line> {
        let Some(Content::AllergyList(AllergyList { allergies, none_known, remark })) = content(entry) else {
            return self.unreadable(entry);
        };
        let mut lines = Vec::new();
        if *none_known {
            lines.push(Line::plain(self.texts.get("summary-no-allergies")));
        }
        for allergy in allergies {
            let criticality = self.value("AllergyCriticality", allergy.criticality);
            let details = joined([&allergy.reaction, &criticality]);
            let text = if details.is_empty() {
                allergy.substance.clone()
            } else {
                format!("{} ({details})", allergy.substance)
            };
            let wrapped = self.wrapped(&format!("! {text}"));
            lines.extend(wrapped.into_iter().map(|line| Line::styled(Style::Alarm, line.text())));
        }
        lines.extend(self.wrapped(remark));
        lines.push(self.source(entry));
        lines
    }

    fn problems(&self, entry: &Entry) -> Vec<Line> {
        let Some(Content::ProblemList(ProblemList { problems, remark })) = content(entry) else {
            return self.unreadable(entry);
        };
        let line = |(at, problem): (usize, &Problem)| {
            let status = self.value("ProblemStatus", problem.status);
            let details = joined([&problem.onset, &status, &problem.remark]);
            let text = format!("#{} {}", at + 1, problem.name);
            self.wrapped(&if details.is_empty() { text } else { format!("{text} ({details})") })
        };
        let mut lines: Vec<Line> = problems.iter().enumerate().flat_map(line).collect();
        lines.extend(self.wrapped(remark));
        lines.push(self.source(entry));
        lines
    }

    /// With what the section leaves out: a short prescription stands there alone although others go on.
    fn medications(&self, entries: &[Entry]) -> Vec<Line> {
        let mut lines: Vec<Line> = entries.iter().flat_map(|it| self.medication(it)).collect();
        if !lines.is_empty() {
            let foot = self.wrapped(&self.texts.get("summary-medications-foot"));
            lines.extend(foot.into_iter().map(|line| Line::styled(Style::Faint, line.text())));
        }
        lines
    }

    fn medication(&self, entry: &Entry) -> Vec<Line> {
        let Some(Content::Medication(Medication { event, items, effective_date, .. })) = content(entry)
        else {
            return self.unreadable(entry);
        };
        let day =
            effective_date.as_ref().map_or_else(|| time::local_day(entry.occur_time.as_ref()), time::day);
        let organization = entry.author.as_ref().map_or("", |author| &author.organization_name);
        let event = self.value("MedicationEvent", *event);
        let mut lines = self.wrapped(&format!("{day} {event} {organization}"));
        let drugs = items.iter().flat_map(|item| self.wrapped_by(&self.drug(item), INDENT));
        lines.extend(drugs.map(|line| line.indented(INDENT)));
        lines
    }

    /// A drug with what is said of taking it.
    fn drug(&self, item: &MedicationItem) -> String {
        let as_needed = if item.as_needed { self.texts.get("summary-as-needed") } else { String::new() };
        let days = match item.days {
            0 => String::new(),
            days => self.texts.format(&msg!("summary-days", days = days)),
        };
        [&item.name, &item.dose, &as_needed, &item.usage, &days, &item.remark]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn observations(&self, summary: &GetPatientSummaryResponse) -> Vec<Line> {
        let mut table = Table::new(vec![
            (Column::Text, self.texts.get("column-item")),
            (Column::Text, self.texts.get("column-value")),
            (Column::Text, self.texts.get("entry-mark")),
            (Column::Whole, self.texts.get("column-time")),
        ]);
        let shown: Vec<_> =
            summary.last_observations.iter().map(|value| (observed(self.texts, value), value)).collect();
        for (shown, value) in &shown {
            let time = time::local(value.observe_time.as_ref());
            table.row([shown.name.clone(), shown.outcome.clone(), shown.mark.to_owned(), time]);
        }
        if shown.is_empty() {
            return Vec::new();
        }
        let mut lines = table.lines(Some(self.room()));
        for (line, (shown, _)) in lines.iter_mut().skip(1).zip(&shown) {
            if !shown.mark.is_empty() {
                *line = Line::styled(Style::Alarm, line.text());
            }
        }
        lines
    }

    fn question(&self, entry: &Entry) -> Line {
        let author = entry::actor(self.texts, entry.author.as_ref());
        let text = entry::first_line(self.texts, entry);
        let day = time::local_day(entry.post_time.as_ref());
        Line::plain(format!("{day} {author}: {text}")).truncated(self.room())
    }

    fn care_plan(&self, entry: &Entry) -> Vec<Line> {
        let Some(Content::CarePlan(CarePlan { care_level, policy, .. })) = content(entry) else {
            return self.unreadable(entry);
        };
        let level = self.value("CareLevel", *care_level);
        let first =
            policy.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
        let text = joined([&level, &first]);
        let mut lines =
            if text.is_empty() { Vec::new() } else { vec![Line::plain(text).truncated(self.room())] };
        lines.push(self.source(entry));
        lines
    }

    /// Who said it, and when.
    fn source(&self, entry: &Entry) -> Line {
        let time = time::local(entry.post_time.as_ref());
        let author = entry::actor(self.texts, entry.author.as_ref());
        Line::styled(Style::Faint, format!("{time} {author}")).truncated(self.room())
    }

    /// What does not open is said to be there.
    fn unreadable(&self, entry: &Entry) -> Vec<Line> {
        let key = if entry.damaged { "entry-damaged" } else { "entry-unknown" };
        vec![Line::styled(Style::Alarm, self.texts.get(key)), self.source(entry)]
    }

    /// What a value of an enum of the contents is called; empty where it says nothing.
    fn value(&self, name: &str, number: i32) -> String {
        reflect::enumeration(name).map(|it| reflect::value_label(self.texts, &it, number)).unwrap_or_default()
    }

    /// Columns within a section.
    pub(super) fn room(&self) -> usize {
        self.columns.saturating_sub(INDENT)
    }

    fn wrapped(&self, text: &str) -> Vec<Line> {
        self.wrapped_by(text, 0)
    }

    /// The lines of a text that stands so much further to the right.
    fn wrapped_by(&self, text: &str, by: usize) -> Vec<Line> {
        width::wrap(text, self.room().saturating_sub(by)).into_iter().map(Line::plain).collect()
    }
}

fn content(entry: &Entry) -> Option<&Content> {
    entry.content.as_ref()?.content.as_ref()
}

/// Those that say something, with a middle dot between them.
fn joined<const N: usize>(parts: [&String; N]) -> String {
    let said = parts.into_iter().filter(|part| !part.is_empty());
    said.map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// Columns of a terminal that does not say.
const USUAL: usize = 80;
const INDENT: usize = 2;

#[cfg(test)]
mod tests;
