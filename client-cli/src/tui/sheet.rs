//! The entries of a timeline in lines of the width of the screen: laid out again only where something changed.

use std::collections::{BTreeMap, BTreeSet};

use renkei_proto::v1::Entry;

use crate::{
    output::{
        Output, entry,
        line::{Line, Style},
        time, width,
    },
    text::{Texts, msg},
    tui::fold::fold,
};

/// Lines of all entries that are there.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    width: usize,
    height: usize,
    lines: BTreeMap<i64, Vec<Line>>,
    /// In the order of the timeline.
    blocks: Vec<Block>,
    total: usize,
    shown: BTreeSet<i64>,
}

/// An entry's place on the sheet.
#[derive(Debug)]
struct Block {
    seq: i64,
    start: usize,
    /// The day, where it is another one than that of the entry before.
    day: Option<String>,
    lines: usize,
}

impl Sheet {
    /// Lays out the entries. What did not change since the last time is kept.
    pub(crate) fn lay_out(
        &mut self,
        texts: &Texts,
        entries: &BTreeMap<i64, Entry>,
        (width, height): (usize, usize),
    ) {
        if self.width != width {
            self.lines.clear();
        }
        (self.width, self.height) = (width, height);
        self.blocks.clear();
        self.total = 0;
        let mut before = String::new();
        for (seq, entry) in entries {
            let lines =
                self.lines.entry(*seq).or_insert_with(|| lines_of(texts, entries, entry, width)).len();
            let day = time::local_day(entry.post_time.as_ref());
            let day = (day != before).then(|| {
                before.clone_from(&day);
                day
            });
            let lines = lines + usize::from(day.is_some());
            self.blocks.push(Block { seq: *seq, start: self.total, day, lines });
            self.total += lines;
        }
    }

    /// Lines that can be seen from `top` on, each with its entry; a day is nobody's.
    pub(crate) fn visible(&self, top: usize) -> impl Iterator<Item = (Option<i64>, Line)> {
        let first = self.blocks.partition_point(|block| block.start + block.lines <= top);
        let lines = self.blocks[first..].iter().flat_map(|block| {
            let day = block.day.iter().map(|day| (None, self.rule(day)));
            let lines = self.lines.get(&block.seq).into_iter().flatten().cloned();
            day.chain(lines.map(|line| (Some(block.seq), line)))
        });
        let skipped = self.blocks.get(first).map_or(0, |block| top.saturating_sub(block.start));
        lines.skip(skipped).take(self.height)
    }

    /// A day as a line across.
    fn rule(&self, day: &str) -> Line {
        let label = format!("── {day} ");
        let rest = self.width.saturating_sub(width::width(&label));
        Line::styled(Style::Faint, format!("{label}{}", "─".repeat(rest)))
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Number of entries that were laid out.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// First line of an entry, and the one after its last.
    pub(crate) fn range(&self, seq: i64) -> (usize, usize) {
        self.blocks.binary_search_by_key(&seq, |block| block.seq).map_or((self.total, self.total), |at| {
            let block = &self.blocks[at];
            (block.start, block.start + block.lines)
        })
    }

    /// The entry at a line, and which of its lines that is.
    pub(crate) fn at(&self, line: usize) -> Option<(i64, usize)> {
        let block =
            self.blocks.iter().find(|block| (block.start..block.start + block.lines).contains(&line))?;
        Some((block.seq, line - block.start))
    }

    /// Entries whose end is on the screen: who saw the end was shown it.
    pub(crate) fn shown(&self) -> &BTreeSet<i64> {
        &self.shown
    }

    pub(crate) fn note_shown(&mut self, top: usize) {
        let ends = |block: &&Block| {
            // The empty line at the end of each says nothing.
            let last = (block.start + block.lines).saturating_sub(2);
            (top..top + self.height).contains(&last)
        };
        self.shown = self.blocks.iter().filter(ends).map(|block| block.seq).collect();
    }

    /// Nothing is in sight any longer.
    pub(crate) fn hide(&mut self) {
        self.shown.clear();
    }

    pub(crate) fn forget(&mut self, seq: i64) {
        self.lines.remove(&seq);
    }

    pub(crate) fn forget_all(&mut self) {
        self.lines.clear();
    }
}

/// An entry as `renkei timeline show` prints it, without the ids that only commands want.
fn lines_of(texts: &Texts, all: &BTreeMap<i64, Entry>, entry: &Entry, width: usize) -> Vec<Line> {
    let is_reply = !entry.reply_to_entry_id.is_empty();
    let mut lines: Vec<Line> = reference(texts, all, entry, width).into_iter().collect();
    let printed = entry::one(texts, Output::of_width(width), entry, usize::from(is_reply));
    let is_id = |text: &str| {
        let text = text.trim();
        text == entry.entry_id || entry.attachments.iter().any(|file| text == file.attachment_id)
    };
    let is_blank = |line: &Line| line.text().trim().is_empty();
    for line in printed {
        let was_blank = is_blank(&line);
        let line = line.without(is_id).with_texts(|text| by_number(all, entry, text));
        if was_blank || !is_blank(&line) {
            lines.extend(fold(&line, width));
        }
    }
    while lines.last().is_some_and(is_blank) {
        lines.pop();
    }
    lines.push(Line::empty());
    lines
}

/// Other entries are called by their number where they are there.
fn by_number(all: &BTreeMap<i64, Entry>, entry: &Entry, mut text: String) -> String {
    let amends = entry.amendment.as_ref().map_or("", |amendment| &amendment.entry_id);
    for id in [amends, &entry.amended_by_entry_id, &entry.reply_to_entry_id] {
        if !id.is_empty()
            && text.contains(id)
            && let Some(other) = all.values().find(|other| other.entry_id == *id)
        {
            text = text.replace(id, &format!("#{}", other.seq));
        }
    }
    text
}

/// What a reply answers, if that is there.
fn reference(texts: &Texts, all: &BTreeMap<i64, Entry>, entry: &Entry, room: usize) -> Option<Line> {
    let answered = all.values().find(|other| other.entry_id == entry.reply_to_entry_id)?;
    let author = answered.author.as_ref().map(|author| author.person_name.as_str()).unwrap_or_default();
    let first = entry::first_line(texts, answered);
    let text = texts.format(&msg!("tui-reply-of", seq = answered.seq, author = author, text = first));
    Some(Line::styled(Style::Faint, width::truncate(&text, room)))
}
