//! Units as people write them (`錠`, `万/μL`) ↔ UCUM. What UCUM has no unit for is counted by an annotation, which may hold
//! ASCII only (UCUM §6: "the full range of characters 33–126"): `{tbl}`, shown as 錠 in Japanese.

use crate::text::{Language, Texts};

/// What is counted, or measured in a unit that has a Japanese name.
struct Counted {
    /// UCUM.
    code: &'static str,
    /// As people write it; the first is shown in Japanese.
    names: &'static [&'static str],
}

/// The UCUM code of a unit as it was typed, of full-width or half-width letters folded before; `None`: it has none that is
/// known here. An annotation that was typed as such stays as it is, so that what other programs wrote can be written again.
pub(crate) fn read(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("1".to_owned());
    }
    let parts: Option<Vec<String>> = parts(text).map(part).collect();
    Some(parts?.join("/"))
}

/// One of the parts between the strokes of a unit.
fn part(text: &str) -> Option<String> {
    if annotation(text).is_some() {
        return Some(text.to_owned());
    }
    let known = ALL.iter().find(|counted| counted.names.contains(&text));
    if let Some(counted) = known {
        return Some(counted.code.to_owned());
    }
    let ascii = text.replace(['μ', 'µ'], "u");
    ascii.is_ascii().then_some(ascii)
}

/// A unit as people read it.
pub(crate) fn shown(texts: &Texts, unit: &str) -> String {
    match unit {
        "Cel" => "℃".to_owned(),
        "mm[Hg]" => "mmHg".to_owned(),
        "1" => String::new(),
        _ => {
            // 回/日, but L/min
            let in_words = texts.language() == Language::Japanese;
            let times = in_words && (unit.starts_with('{') || !unit.contains('/'));
            let part = |part| shown_part(part, if TIMES.contains(&part) { times } else { in_words });
            parts(unit).map(part).collect::<Vec<_>>().join("/")
        }
    }
}

/// What stands between the strokes that are in no annotation.
fn parts(unit: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    unit.split(move |c| {
        inside = c == '{' || inside && c != '}';
        c == '/' && !inside
    })
}

fn shown_part(part: &str, in_words: bool) -> String {
    if let Some(counted) = ALL.iter().find(|counted| in_words && counted.code == part) {
        return counted.names[0].to_owned();
    }
    // Of annotations the braces are left out, also of `{錠}`, which was written in former times.
    annotation(part).unwrap_or(part).to_owned()
}

/// What stands in the braces, where a part is an annotation.
fn annotation(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

/// A unit as [`read`] reads it: as it is shown where that is the same, else as it is, else, where it would be refused or
/// become another one, in braces, so that nothing else is said when an entry is corrected.
pub(crate) fn written(texts: &Texts, unit: &str) -> String {
    let reads = |text: &str| read(text).is_some_and(|read| read == unit.replace(['μ', 'µ'], "u"));
    let shown = shown(texts, unit);
    if read(&shown).as_deref() == Some(unit) {
        shown
    } else if unit.is_empty() || read(unit).as_deref() == Some(unit) || reads(unit) {
        unit.to_owned()
    } else {
        format!("{{{}}}", unit.replace(['{', '}'], ""))
    }
}

/// What two units that say the same have in common, however they were written: `{万/μL}` of former times and `10*4/uL`. No
/// value is converted for it.
pub(crate) fn same(unit: &str) -> String {
    let bare = unit.replace(['{', '}'], "");
    read(unit).filter(|code| code.is_ascii()).or_else(|| read(&bare)).unwrap_or(bare)
}

/// What can be counted, by its Japanese names.
pub(crate) fn names() -> String {
    let counted = ALL.iter().filter(|counted| counted.code.starts_with('{'));
    counted.map(|counted| counted.names[0]).collect::<Vec<_>>().join("、")
}

const TIMES: [&str; 3] = ["min", "h", "d"];
// No name of two things is here: 度 is of a temperature or of an angle, 管 of an ampule or of a tube.
const ALL: &[Counted] = &[
    Counted { code: "Cel", names: &["℃"] },
    Counted { code: "10*4", names: &["万"] },
    Counted { code: "{tbl}", names: &["錠", "tbl", "tab", "tablet", "tablets"] },
    Counted { code: "{capsule}", names: &["カプセル", "capsule", "capsules"] },
    Counted { code: "{packet}", names: &["包", "packet", "packets"] },
    Counted { code: "{sheet}", names: &["枚", "sheet", "sheets"] },
    Counted { code: "{stick}", names: &["本", "stick", "sticks"] },
    Counted { code: "{piece}", names: &["個", "コ", "ケ", "piece", "pieces"] },
    Counted { code: "{grain}", names: &["粒", "丸"] },
    Counted { code: "{drop}", names: &["滴", "drop", "drops"] },
    Counted { code: "{puff}", names: &["吸入", "puff", "puffs"] },
    Counted { code: "{spray}", names: &["噴霧", "spray", "sprays"] },
    Counted { code: "{unit}", names: &["単位", "unit", "units"] },
    Counted { code: "{ampule}", names: &["アンプル", "ampule", "ampules"] },
    Counted { code: "{vial}", names: &["バイアル", "vial", "vials"] },
    Counted { code: "{syringe}", names: &["筒", "シリンジ", "syringe", "syringes"] },
    Counted { code: "{bottle}", names: &["瓶", "ボトル", "bottle", "bottles"] },
    Counted { code: "{bag}", names: &["袋", "バッグ", "bag", "bags"] },
    Counted { code: "{can}", names: &["缶", "can", "cans"] },
    Counted { code: "{box}", names: &["箱", "box", "boxes"] },
    Counted { code: "{kit}", names: &["キット", "kit", "kits"] },
    Counted { code: "{blister}", names: &["シート", "ブリスター", "blister", "blisters"] },
    Counted { code: "{set}", names: &["組", "セット", "set", "sets"] },
    Counted { code: "{dose}", names: &["回分", "dose", "doses"] },
    Counted { code: "{day_supply}", names: &["日分"] },
    Counted { code: "{time}", names: &["回", "time", "times"] },
    Counted { code: "{meal}", names: &["食", "meal", "meals"] },
    Counted { code: "{cup}", names: &["杯", "cup", "cups"] },
    Counted { code: "{step}", names: &["歩", "step", "steps"] },
    Counted { code: "min", names: &["分"] },
    Counted { code: "h", names: &["時間"] },
    Counted { code: "d", names: &["日"] },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_ascii_without_a_space_and_every_name_is_one_of_one() {
        for counted in ALL {
            assert!(counted.code.bytes().all(|byte| (33..=126).contains(&byte)), "{}", counted.code);
        }
        let names: Vec<_> = ALL.iter().flat_map(|counted| counted.names).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn what_is_typed_becomes_ucum_and_is_shown_as_it_was_typed() {
        let texts = Texts::new(Language::Japanese);
        for (typed, code) in [
            ("錠", "{tbl}"),
            ("カプセル", "{capsule}"),
            ("回/日", "{time}/d"),
            ("万/uL", "10*4/uL"),
            ("mg/dL", "mg/dL"),
            ("日分", "{day_supply}"),
            ("分", "min"),
            ("L/min", "L/min"),
            ("", "1"),
            ("℃", "Cel"),
        ] {
            assert_eq!((read(typed).as_deref(), shown(&texts, code).as_str()), (Some(code), typed));
        }
        assert_eq!(read("μg/mL").as_deref(), Some("ug/mL"));
        assert_eq!((read("ひとつかみ"), read("錠とカプセル")), (None, None));
    }

    #[test]
    fn what_was_written_in_former_times_is_shown_and_written_as_it_is() {
        let english = Texts::new(Language::English);
        for texts in [&Texts::new(Language::Japanese), &english] {
            assert_eq!((shown(texts, "{錠}").as_str(), written(texts, "{錠}").as_str()), ("錠", "{錠}"));
            assert_eq!(shown(texts, "{万/μL}"), "万/μL");
            for unit in [
                "{tbl}",
                "{puff}",
                "{錠}",
                "Cel",
                "mm[Hg]",
                "/min",
                "1",
                "{day_supply}",
                "min",
                "deg",
                "{万/μL}",
                "{錠}/d",
                "{tbl}/{day}",
            ] {
                assert_eq!(read(&written(texts, unit)).as_deref(), Some(unit));
            }
        }
        assert_eq!((shown(&english, "{tbl}").as_str(), written(&english, "{tbl}").as_str()), ("tbl", "tbl"));
    }

    #[test]
    fn a_name_of_two_things_is_refused_and_a_stored_one_becomes_no_other() {
        for typed in ["度", "管", "度/日"] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_eq!(read("deg").as_deref(), Some("deg"), "an angle");
        for texts in [&Texts::new(Language::Japanese), &Texts::new(Language::English)] {
            for (stored, kept) in [
                ("度", "{度}"),
                ("管", "{管}"),
                ("錠", "{錠}"),
                ("℃", "{℃}"),
                ("μg", "μg"),
                ("万/{μL}", "{万/μL}"),
            ] {
                let written = written(texts, stored);
                assert_eq!((written.as_str(), shown(texts, &written)), (kept, kept.replace(['{', '}'], "")));
            }
            assert_eq!(read(&written(texts, "度")).as_deref(), Some("{度}"));
        }
    }

    #[test]
    fn what_was_written_in_former_times_is_the_same_as_what_is_now() {
        for (former, now) in [
            ("{万/μL}", "10*4/uL"),
            ("{錠}", "{tbl}"),
            ("錠", "{tbl}"),
            ("μg/mL", "ug/mL"),
            ("℃", "Cel"),
            ("{tbl}", "{tbl}"),
            ("mg/dL", "mg/dL"),
        ] {
            assert_eq!((same(former).as_str(), same(now).as_str()), (now, now));
        }
        assert_eq!(same("{ひとつかみ}"), same("ひとつかみ"));
        for (one, other) in [("mg/dL", "mg/L"), ("度", "Cel"), ("{度}", "deg"), ("{tbl}", "{capsule}")] {
            assert_ne!(same(one), same(other));
        }
    }
}
