//! What somebody tries first who wants to guess a person's password: names, the places where the person works, and
//! what everybody here knows (R3). Judging a password with it is the business of whoever knows the common ones.

use crate::fold::fold_text;
use crate::identity::Person;
use crate::romaji::romanise;

/// More words make a guess no easier.
const MOST: usize = 200;
/// Known in every region; the eras stand in dates of birth.
const EVERYWHERE: &[&str] =
    &["れんけい", "連携", "明治", "大正", "昭和", "平成", "令和", "へいせい", "しょうわ"];

/// The words that are worth nothing in the person's password: from names and their reading, the login name, the
/// organisations and the region; as they are folded, whole and in pieces, kana in Latin letters too.
pub fn words_about(person: &Person, region: Option<&str>) -> Vec<String> {
    let own = [person.name.as_str(), &person.name_kana, &person.login_name];
    let places = person.affiliations.iter().map(|affiliation| affiliation.organization_name.as_str());
    let mut words = Words::default();
    for text in own.into_iter().chain(places).chain(region).chain(EVERYWHERE.iter().copied()) {
        words.add(&fold_text(text));
    }
    words.0
}

/// The ways in which somebody may have arrived at a password: folded, with dates in digits only, and with its kana in
/// Latin letters. Each is to be hard to guess.
pub fn spellings(password: &str) -> Vec<String> {
    let folded: String = fold_text(password).chars().filter_map(without_date_words).collect();
    let mut spellings = romanise(&folded);
    if !spellings.contains(&folded) {
        spellings.push(folded);
    }
    spellings
}

/// 昭和60年3月12日 is 昭和60-3-12.
fn without_date_words(c: char) -> Option<char> {
    match c {
        '年' | '月' => Some('-'),
        '日' => None,
        c => Some(c),
    }
}

/// Words, each once.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// A text whole, its words, and within these what is of one script.
    fn add(&mut self, folded: &str) {
        self.keep(&folded.split_whitespace().collect::<String>());
        for word in folded.split(|c: char| !c.is_alphanumeric()) {
            self.keep(word);
            let mut rest = word;
            while let Some(first) = rest.chars().next() {
                let end = rest.find(|c| script(c) != script(first)).unwrap_or(rest.len());
                let (run, others) = rest.split_at(end);
                self.keep(run);
                rest = others;
            }
        }
    }

    /// A word and how it is written in Latin letters, unless it is so short that it says nothing.
    fn keep(&mut self, word: &str) {
        for word in std::iter::once(word.to_owned()).chain(romanise(word)) {
            let least = if word.is_ascii() { 3 } else { 2 };
            if word.chars().count() >= least && self.0.len() < MOST && !self.0.contains(&word) {
                self.0.push(word);
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Script {
    Kana,
    Digits,
    Latin,
    Other,
}

fn script(c: char) -> Script {
    match c {
        'ぁ'..='ゖ' | 'ー' => Script::Kana,
        '0'..='9' => Script::Digits,
        'a'..='z' => Script::Latin,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{AffiliationId, OrganizationId, PersonId};
    use crate::identity::{Affiliation, Role};
    use crate::time::Timestamp;

    fn person() -> Person {
        Person {
            id: PersonId(Uuid::nil()),
            login_name: "h.satou2".into(),
            name: "佐藤 花子".into(),
            name_kana: "サトウ　ハナコ".into(),
            affiliations: vec![Affiliation {
                id: AffiliationId(Uuid::nil()),
                organization: OrganizationId(Uuid::nil()),
                organization_name: "ひかり診療所".into(),
                role: Role::Doctor,
            }],
            created_at: Timestamp(0),
            suspended_at: None,
        }
    }

    #[test]
    fn names_places_and_the_region_are_known_in_every_spelling() {
        let words = words_about(&person(), Some("鶴見 つるみ"));
        for word in [
            "佐藤",
            "花子",
            "佐藤花子",
            "さとう",
            "はなこ",
            "さとうはなこ",
            "satou",
            "sato",
            "satoh",
            "hanako",
            "satohanako",
            "h.satou2",
            "satou2",
            "ひかり診療所",
            "ひかり",
            "診療所",
            "hikari",
            "鶴見",
            "つるみ",
            "tsurumi",
            "turumi",
            "renkei",
            "昭和",
        ] {
            assert!(words.iter().any(|known| known == word), "{word}: {words:?}");
        }
        assert!(!words.iter().any(|word| word.chars().count() < 2 || word == "h"));
    }

    #[test]
    fn a_name_without_end_gives_a_bounded_list() {
        let name = (0..5000).map(|n| format!("語{n} ")).collect();
        assert_eq!(words_about(&Person { name, ..person() }, None).len(), MOST);
    }

    #[test]
    fn dates_and_kana_are_spelt_out() {
        assert_eq!(spellings("昭和６０年３月１２日"), ["昭和60-3-12"]);
        assert_eq!(spellings("サクラ85"), ["sakura85", "さくら85"]);
        assert_eq!(spellings("Plain-Words"), ["plain-words"]);
    }
}
