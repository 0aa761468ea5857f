//! Kana in Latin letters, in the ways that people write their names: Hepburn and Kunrei, long vowels written or not.

/// How a text of hiragana may be written in Latin letters, each way once; other characters stay as they are. Katakana
/// is to be folded before.
pub fn romanise(text: &str) -> Vec<String> {
    let mut ways = Vec::new();
    for style in [Style::Hepburn, Style::Kunrei] {
        let written = write(text, style);
        let without_long = written.replace("ou", "o").replace("oo", "o").replace("uu", "u");
        let with_h = written.replace("ou", "oh").replace("oo", "oh");
        let before_lips = written.replace("nb", "mb").replace("nm", "mm").replace("np", "mp");
        for way in [written, without_long, with_h, before_lips] {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    ways
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Hepburn,
    Kunrei,
}

fn write(text: &str, style: Style) -> String {
    let mut written = String::with_capacity(text.len());
    let mut doubled = false;
    for c in text.chars() {
        match c {
            'っ' => doubled = true,
            'ー' => {}
            'ゃ' | 'ゅ' | 'ょ' => {
                let vowel = match c {
                    'ゃ' => 'a',
                    'ゅ' => 'u',
                    _ => 'o',
                };
                // the i before it goes; what is left of し, ち and じ in Hepburn takes the vowel as it is
                if written.ends_with('i') {
                    written.pop();
                    if !written.ends_with("sh") && !written.ends_with("ch") && !written.ends_with('j') {
                        written.push('y');
                    }
                } else {
                    written.push('y');
                }
                written.push(vowel);
            }
            'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' => {
                if written.ends_with(['a', 'i', 'u', 'e', 'o']) {
                    written.pop();
                }
                written.push_str(syllable(c, style).unwrap_or_default());
            }
            _ => match syllable(c, style) {
                Some(syllable) => {
                    if doubled {
                        let first = syllable.chars().next();
                        written.extend(first.map(|first| if first == 'c' { 't' } else { first }));
                    }
                    doubled = false;
                    written.push_str(syllable);
                }
                None => written.push(c),
            },
        }
    }
    written
}

fn syllable(kana: char, style: Style) -> Option<&'static str> {
    let hepburn = style == Style::Hepburn;
    Some(match kana {
        'あ' | 'ぁ' => "a",
        'い' | 'ぃ' | 'ゐ' => "i",
        'う' | 'ぅ' => "u",
        'え' | 'ぇ' | 'ゑ' => "e",
        'お' | 'ぉ' | 'を' => "o",
        'か' => "ka",
        'き' => "ki",
        'く' => "ku",
        'け' => "ke",
        'こ' => "ko",
        'が' => "ga",
        'ぎ' => "gi",
        'ぐ' => "gu",
        'げ' => "ge",
        'ご' => "go",
        'さ' => "sa",
        'し' => {
            if hepburn {
                "shi"
            } else {
                "si"
            }
        }
        'す' => "su",
        'せ' => "se",
        'そ' => "so",
        'ざ' => "za",
        'じ' | 'ぢ' => {
            if hepburn {
                "ji"
            } else {
                "zi"
            }
        }
        'ず' | 'づ' => "zu",
        'ぜ' => "ze",
        'ぞ' => "zo",
        'た' => "ta",
        'ち' => {
            if hepburn {
                "chi"
            } else {
                "ti"
            }
        }
        'つ' => {
            if hepburn {
                "tsu"
            } else {
                "tu"
            }
        }
        'て' => "te",
        'と' => "to",
        'だ' => "da",
        'で' => "de",
        'ど' => "do",
        'な' => "na",
        'に' => "ni",
        'ぬ' => "nu",
        'ね' => "ne",
        'の' => "no",
        'は' => "ha",
        'ひ' => "hi",
        'ふ' => {
            if hepburn {
                "fu"
            } else {
                "hu"
            }
        }
        'へ' => "he",
        'ほ' => "ho",
        'ば' => "ba",
        'び' => "bi",
        'ぶ' => "bu",
        'べ' => "be",
        'ぼ' => "bo",
        'ぱ' => "pa",
        'ぴ' => "pi",
        'ぷ' => "pu",
        'ぺ' => "pe",
        'ぽ' => "po",
        'ま' => "ma",
        'み' => "mi",
        'む' => "mu",
        'め' => "me",
        'も' => "mo",
        'や' => "ya",
        'ゆ' => "yu",
        'よ' => "yo",
        'ら' => "ra",
        'り' => "ri",
        'る' => "ru",
        'れ' => "re",
        'ろ' => "ro",
        'わ' => "wa",
        'ん' => "n",
        'ゔ' => "vu",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_written(kana: &str, expected: &[&str]) {
        let ways = romanise(kana);
        for way in expected {
            assert!(ways.iter().any(|written| written == way), "{kana} as {way}: {ways:?}");
        }
    }

    #[test]
    fn names_are_written_as_people_do() {
        is_written("やまだ", &["yamada"]);
        is_written("つちや", &["tsuchiya", "tutiya"]);
        is_written("さとう", &["satou", "sato", "satoh"]);
        is_written("おおの", &["oono", "ono", "ohno"]);
        is_written("しょうじ", &["shouji", "shoji", "syouzi", "syozi"]);
        is_written("なんば", &["nanba", "namba"]);
        is_written("はっとり", &["hattori"]);
        is_written("ほっち", &["hotchi", "hotti"]);
        is_written("じゅんいちろう", &["junichirou", "junichiro", "zyunitirou"]);
        is_written("りょうこ", &["ryouko", "ryoko"]);
        is_written("ふぁみりー", &["famiri"]);
        is_written("山田", &["山田"]);
    }

    #[test]
    fn each_way_is_there_once() {
        assert_eq!(romanise("やまだ"), ["yamada"]);
        assert_eq!(romanise(""), [""]);
    }
}
