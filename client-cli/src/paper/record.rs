//! A patient's record as blocks: of whom and for whom it was printed, graphs if they are wanted, and the entries, oldest
//! first.

use data_encoding::HEXLOWER;
use renkei_proto::v1;

use crate::{
    command::printed::Head,
    drawing::{Drawing, font::Missing},
    output::{
        entry,
        label::words,
        line::{Line, Style},
        time,
        width::{self, UNLIMITED},
    },
    paper::{Block, page::Frame},
    text::{Texts, msg},
};

/// What is printed.
pub(crate) struct Record<'a> {
    pub(crate) head: &'a Head,
    /// In whatever order.
    pub(crate) entries: &'a [v1::Entry],
    /// Which of them were asked for. Absent: all.
    pub(crate) filter: Option<&'a v1::EntryFilter>,
    /// Graphs, if they are wanted; none if nothing was measured.
    pub(crate) graphs: Option<&'a [Drawing]>,
}

/// What the document is called.
fn title(texts: &Texts) -> String {
    texts.get("print-title")
}

impl Record<'_> {
    /// What stands on every page.
    pub(super) fn frame(&self, texts: &Texts) -> Frame {
        let patient = self.head.demographics.as_ref().map(|demographics| {
            let birth = demographics.birth_date.as_ref().map(time::day).unwrap_or_default();
            format!("{}  {birth}  {}", demographics.name, demographics.local_identifier).trim_end().to_owned()
        });
        let time = time::local(self.head.print_time.as_ref());
        let who = entry::actor(texts, self.head.printed_by.as_ref());
        Frame {
            patient: patient.unwrap_or_else(|| self.head.patient_id.clone()),
            title: title(texts),
            printed: texts.format(&msg!("print-printed", time = time, who = who)),
        }
    }
}

/// The record from its title to its end. `missing` are characters that could not be printed as they are.
pub(super) fn blocks(texts: &Texts, record: &Record<'_>, missing: &Missing) -> Vec<Block> {
    let mut blocks = vec![line(Line::styled(Style::Strong, title(texts)), TITLE), Block::Space(6.0)];
    blocks.extend(facts(texts, record).into_iter().map(|fact| line(fact, BODY)));
    blocks.push(Block::Space(4.0));
    blocks.push(line(Line::styled(Style::Faint, texts.get("print-seen")), SMALL));
    blocks.push(Block::Space(10.0));
    if let Some(graphs) = record.graphs {
        blocks.push(kept(Line::styled(Style::Strong, texts.get("print-graphs")), HEADING));
        if graphs.is_empty() {
            blocks.push(line(Line::plain(texts.get("graph-none")), BODY));
        }
        for graph in graphs {
            blocks.extend([Block::Space(4.0), Block::Drawing(graph.clone())]);
        }
        blocks.push(Block::Space(10.0));
    }
    let mut sorted: Vec<&v1::Entry> = record.entries.iter().collect();
    sorted.sort_by_key(|entry| entry.seq);
    if sorted.is_empty() {
        blocks.push(line(Line::plain(texts.get("print-empty")), BODY));
    }
    for entry in &sorted {
        blocks.extend(one(texts, entry, &sorted));
    }
    blocks.extend([Block::Rule, line(Line::plain(texts.get("print-end")), BODY)]);
    if !missing.is_empty() {
        let codes = missing.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let told = texts.format(&msg!("print-missing", codes = codes));
        blocks.extend([Block::Space(4.0), line(Line::styled(Style::Alarm, told), SMALL)]);
    }
    blocks
}

/// Names and values, one below the other.
fn facts(texts: &Texts, record: &Record<'_>) -> Vec<Line> {
    let mut facts = record.head.facts(texts);
    facts.extend(record.filter.map(|filter| selection(texts, filter)).unwrap_or_default());
    facts.push((texts.get("print-count"), record.entries.len().to_string()));
    let longest = facts.iter().map(|(name, _)| width::width(name)).max().unwrap_or(0);
    let fact = |(name, value): (String, String)| {
        Line::styled(Style::Strong, width::pad(&name, longest + 2)).and(Style::Plain, value)
    };
    facts.into_iter().map(fact).collect()
}

/// Which entries were asked for, beside the period.
fn selection(texts: &Texts, filter: &v1::EntryFilter) -> Vec<(String, String)> {
    let joined = |words: Vec<String>| words.join(", ");
    let kinds = filter.kinds.iter().map(|kind| words::<v1::EntryKind>(texts, *kind)).collect();
    let categories =
        filter.categories.iter().map(|category| words::<v1::Category>(texts, *category)).collect();
    let mut others = Vec::new();
    let flags = [
        (filter.current, "print-current"),
        (filter.with_attachments, "print-with-attachments"),
        (filter.unread, "print-unread"),
        (filter.since_own_last_visit, "print-since-last-visit"),
    ];
    others.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, key)| texts.get(key)));
    if !filter.author_person_id.is_empty() {
        others.push(texts.format(&msg!("print-author", id = filter.author_person_id)));
    }
    if !filter.author_organization_id.is_empty() {
        others.push(texts.format(&msg!("print-organization", id = filter.author_organization_id)));
    }
    let facts = [
        ("print-kinds", joined(kinds)),
        ("print-categories", joined(categories)),
        ("print-selection", joined(others)),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (texts.get(key), value))
        .collect()
}

/// One entry.
fn one(texts: &Texts, entry: &v1::Entry, all: &[&v1::Entry]) -> Vec<Block> {
    let mut blocks = vec![
        Block::Rule,
        kept(heading(texts, entry), HEADING),
        kept(Line::plain(entry::actor(texts, entry.author.as_ref())), BODY),
    ];
    let facts = circumstances(texts, entry, all);
    blocks.extend(facts.into_iter().map(|fact| kept(fact, BODY)));
    blocks.push(Block::Space(2.0));
    for part in entry::body(texts, entry, UNLIMITED) {
        blocks.push(line(part.indented(INDENT), BODY));
    }
    for file in &entry.attachments {
        blocks.extend(attachment(texts, file));
    }
    let id = Line::styled(Style::Faint, entry.entry_id.as_str()).indented(INDENT);
    blocks.extend([line(id, SMALL), Block::Space(8.0)]);
    blocks
}

/// Place, time, kind, category, and what must not be overlooked.
fn heading(texts: &Texts, entry: &v1::Entry) -> Line {
    let post_time = time::local(entry.post_time.as_ref());
    let place = format!("#{}  {post_time}  {}", entry.seq, entry::kind(texts, entry));
    // What the person who prints has read is nothing of the record.
    let shown = v1::Entry { read: true, acknowledged: false, ..entry.clone() };
    entry::marks(texts, &shown).into_iter().fold(Line::styled(Style::Strong, place), |line, (style, mark)| {
        line.and(Style::Plain, "  ").and(style, mark)
    })
}

/// What else is known of an entry beside what it says. Entries that are printed too are named by their places.
fn circumstances(texts: &Texts, entry: &v1::Entry, all: &[&v1::Entry]) -> Vec<Line> {
    let named = |id: &str| {
        let found = all.iter().find(|other| other.entry_id == id);
        found.map_or_else(|| id.to_owned(), |other| format!("#{}", other.seq))
    };
    let mut facts = Vec::new();
    if !entry.reply_to_entry_id.is_empty() {
        let told = texts.format(&msg!("print-reply", entry = named(&entry.reply_to_entry_id)));
        facts.push(Line::styled(Style::Faint, told));
    }
    let mut shown = entry.clone();
    shown.amended_by_entry_id = named(&entry.amended_by_entry_id);
    if let Some(amendment) = &mut shown.amendment {
        amendment.entry_id = named(&amendment.entry_id);
    }
    // An answer's line is said above.
    facts.extend(entry::circumstances(texts, &shown, 1));
    // Of another day: said above.
    if time::local_day(entry.occur_time.as_ref()) == time::local_day(entry.post_time.as_ref()) {
        facts.extend(entry::occurred(texts, entry).map(|told| Line::styled(Style::Faint, told)));
    }
    facts
}

/// A file by name, type, size and SHA-256; the paper does not hold it.
fn attachment(texts: &Texts, file: &v1::AttachmentSummary) -> Vec<Block> {
    let label = format!("{}: ", texts.get("entry-attachment"));
    if file.damaged {
        let told = Line::plain(label).and(Style::Alarm, texts.get("entry-damaged"));
        return vec![line(told.indented(INDENT), BODY)];
    }
    let size = indicatif::BinaryBytes(file.size.unsigned_abs());
    let named = Line::plain(format!("{label}{} ({}, {size})", file.file_name, file.content_type));
    let hash = format!("SHA-256 {}", HEXLOWER.encode(&file.sha256));
    vec![
        kept(named.indented(INDENT), BODY),
        line(Line::styled(Style::Faint, hash).indented(INDENT * 2), SMALL),
    ]
}

fn line(line: Line, size: f32) -> Block {
    Block::Line { line, size, keep: false }
}

/// A line that stays with what follows.
fn kept(line: Line, size: f32) -> Block {
    Block::Line { line, size, keep: true }
}

const TITLE: f32 = 16.0;
const HEADING: f32 = 9.5;
const BODY: f32 = 9.0;
const SMALL: f32 = 7.5;
const INDENT: usize = 2;
