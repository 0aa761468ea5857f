//! Search in what entries say: words against folded texts, and excerpts of the places where they stand.

use std::ops::Range;

use memchr::memmem::Finder;

use crate::category::Category;
use crate::fold::{begins_piece, fold_into, fold_text};
use crate::id::{AttachmentId, EntryId};
use crate::identity::Actor;
use crate::sensitivity::Sensitivity;
use crate::time::Timestamp;
use crate::timeline::{Attachment, Content};

/// Folded characters that the words of a query may have together.
pub const MAX_CHARS: usize = 100;
/// Places that are shown of an entry.
const EXCERPTS: usize = 3;
/// Characters that are shown before and after what was found.
const CONTEXT: usize = 30;
/// Characters from the first to the last thing found that are shown in one excerpt.
const LONGEST: usize = 200;
/// Places of one word in one text that are looked at.
const PLACES: usize = 100;

/// Words that an entry must all have. Not `Debug`: what is searched for is patient data.
#[derive(Default)]
pub struct Query {
    words: Vec<Finder<'static>>,
    /// Whether what stands in an encoded text in clear is enough to know that the text has not all words.
    plain: bool,
}

/// One text of an entry.
pub struct Text<'a> {
    /// Its place in the proto's `EntryContent`, without indexes.
    pub field: &'static str,
    /// The file that is called so.
    pub attachment: Option<AttachmentId>,
    /// What it says.
    pub text: &'a str,
}

/// A place in an entry where words stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text that it is of, as in [`Text`].
    pub field: &'static str,
    /// The file that is called so.
    pub attachment: Option<AttachmentId>,
    /// As it was written.
    pub text: String,
    /// Where the words stand in it, in characters: ascending, none touches the next.
    pub ranges: Vec<Range<usize>>,
    /// There is more text before it.
    pub more_before: bool,
    /// There is more text after it.
    pub more_after: bool,
}

/// An entry that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its id.
    pub id: EntryId,
    /// Its place.
    pub seq: i64,
    /// Its category.
    pub category: Category,
    /// How guarded it is.
    pub sensitivity: Sensitivity,
    /// Its author.
    pub author: Actor,
    /// When it was stored.
    pub posted_at: Timestamp,
    /// Where the words stand; at least one place.
    pub excerpts: Vec<Excerpt>,
}

/// The texts of an entry that are searched.
pub fn texts<'a>(content: &'a Content, attachments: &'a [Attachment]) -> Vec<Text<'a>> {
    let said = content.texts().into_iter();
    let mut texts: Vec<_> = said.map(|(field, text)| Text { field, attachment: None, text }).collect();
    for Attachment { id, file, .. } in attachments {
        if let Some(file) = file {
            texts.push(Text { field: "attachments.file_name", attachment: Some(*id), text: &file.name });
        }
    }
    texts
}

/// What one word matches in a text, in characters.
struct Place {
    word: usize,
    range: Range<usize>,
}

impl Query {
    /// The words of a text, which stand between white space. `None` if there are none, or too many characters.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold_text(text);
        let mut words: Vec<&str> = folded.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        let chars: usize = words.iter().map(|word| word.chars().count()).sum();
        // encoding changes these, and what an encoded text has before them
        let escaped = |c: char| c.is_control() || matches!(c, '"' | '\\');
        let plain = |word: &&str| !word.contains(escaped) && word.chars().next().is_some_and(begins_piece);
        (1..=MAX_CHARS).contains(&chars).then(|| Self {
            plain: words.iter().all(plain),
            words: words.iter().map(|word| Finder::new(word).into_owned()).collect(),
        })
    }

    /// What tells this query from all that find something else.
    pub fn fingerprint(&self) -> Vec<u8> {
        self.words.iter().map(Finder::needle).collect::<Vec<_>>().join(&b' ')
    }

    /// Whether a content may have all words, by its JSON. `buffer` is memory to work in. Says yes too often, and no
    /// only where it is sure.
    pub fn may_match(&self, json: &str, buffer: &mut String) -> bool {
        if !self.plain {
            return true;
        }
        buffer.clear();
        fold_into(json, buffer, |_, _| {});
        self.words.iter().all(|word| word.find(buffer.as_bytes()).is_some())
    }

    /// Where the words stand, at most three places; `None` unless every word is in one of the texts.
    pub fn find(&self, texts: &[Text<'_>]) -> Option<Vec<Excerpt>> {
        let mut found = Vec::new();
        for text in texts {
            let starts: Vec<usize> = text.text.char_indices().map(|(at, _)| at).collect();
            let places = self.places(text.text, &starts);
            found.extend(spans(places).into_iter().map(|span| (excerpt(text, &starts, &span), span.words)));
        }
        let shown = |word| found.iter().any(|(_, words)| words.contains(&word));
        if !(0..self.words.len()).all(shown) {
            return None;
        }
        Some(choice(found))
    }

    /// Where the words stand in a text whose characters begin at `starts`, by their beginning.
    fn places(&self, text: &str, starts: &[usize]) -> Vec<Place> {
        let (mut folded, mut pieces) = (String::with_capacity(text.len()), Vec::new());
        fold_into(text, &mut folded, |from, to| pieces.push((from, to)));
        // what was found in a piece is all of the piece
        let first = |at: usize| pieces[pieces.partition_point(|(_, to)| *to <= at).saturating_sub(1)].0;
        let end = |at: usize| {
            pieces.get(pieces.partition_point(|(_, to)| *to < at)).map_or(text.len(), |(from, _)| *from)
        };
        let char_at = |byte: usize| starts.partition_point(|start| *start < byte);
        let mut places = Vec::new();
        for (word, finder) in self.words.iter().enumerate() {
            let length = finder.needle().len();
            places.extend(
                finder
                    .find_iter(folded.as_bytes())
                    .take(PLACES)
                    .map(|at| Place { word, range: char_at(first(at))..char_at(end(at + length)) }),
            );
        }
        places.sort_by_key(|place| (place.range.start, place.range.end));
        places
    }
}

/// Places that are shown together.
#[derive(Default)]
struct Span {
    ranges: Vec<Range<usize>>,
    words: Vec<usize>,
}

fn spans(places: Vec<Place>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for Place { word, range } in places {
        let joins = spans.last().and_then(|span| Some((span.ranges.first()?.start, span.ranges.last()?.end)));
        let joins = joins.is_some_and(|(start, end)| {
            range.start <= end + CONTEXT && range.end.saturating_sub(start) <= LONGEST
        });
        if !joins {
            spans.push(Span::default());
        }
        let Some(span) = spans.last_mut() else { continue };
        span.words.push(word);
        match span.ranges.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => span.ranges.push(range),
        }
    }
    spans
}

fn excerpt(text: &Text<'_>, starts: &[usize], span: &Span) -> Excerpt {
    let found = span.ranges.first().map_or(0, |range| range.start)..span.ranges.last().map_or(0, |it| it.end);
    let from = found.start.saturating_sub(CONTEXT);
    let to = (found.end + CONTEXT).min(starts.len());
    let byte = |char: usize| starts.get(char).copied().unwrap_or(text.text.len());
    Excerpt {
        field: text.field,
        attachment: text.attachment,
        text: text.text[byte(from)..byte(to)].to_owned(),
        ranges: span.ranges.iter().map(|range| range.start - from..range.end - from).collect(),
        more_before: from > 0,
        more_after: to < starts.len(),
    }
}

/// A few, in their order: first of all those with a word that the ones before them have not.
fn choice(mut found: Vec<(Excerpt, Vec<usize>)>) -> Vec<Excerpt> {
    let mut seen = Vec::new();
    let is_new: Vec<bool> = found
        .iter()
        .map(|(_, words)| {
            let is_new = words.iter().any(|word| !seen.contains(word));
            seen.extend(words);
            is_new
        })
        .collect();
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|at| !is_new[*at]);
    order.truncate(EXCERPTS);
    let mut at = 0..;
    found.retain(|_| at.next().is_some_and(|at| order.contains(&at)));
    found.into_iter().map(|(excerpt, _)| excerpt).collect()
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
