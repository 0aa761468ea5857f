//! Codes as people type them: `loinc#2823-3 カリウム`, or a name that everybody uses (`K`, `CRP`).

use prost_reflect::EnumValueDescriptor;
use renkei_proto::v1::Coding;

use crate::{
    error::{Error, Result},
    form::name::folded,
    text::msg,
    vital::LOINC,
};

/// Reads a code: `SYSTEM#CODE NAME`, or the usual name of a laboratory item.
pub(super) fn coding(text: &str) -> Result<Coding> {
    let text = text.trim();
    let (coded, display) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if let Some((system, code)) = coded.rsplit_once(['#', '＃']) {
        let known = SYSTEMS.iter().find(|(name, _)| *name == folded(system));
        let system = known.map_or(system, |(_, uri)| uri);
        if !system.is_empty() && !code.is_empty() {
            return Ok(Coding { system: system.into(), code: code.into(), display: display.trim().into() });
        }
    }
    let Some((code, names)) = item(text) else {
        return Err(Error::usage(msg!("error-form-coding", text = text)).next(msg!("next-form-coding")));
    };
    Ok(Coding { system: LOINC.into(), code: (*code).into(), display: names[0].into() })
}

/// The code of the laboratory item that somebody calls so.
pub(crate) fn item_code(text: &str) -> Option<&'static str> {
    item(text).map(|(code, _)| *code)
}

fn item(text: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let wanted = folded(text);
    ITEMS.iter().find(|(_, names)| names.iter().any(|name| folded(name) == wanted))
}

/// A code as [`coding`] reads it.
pub(super) fn written(coding: &Coding) -> String {
    let known = SYSTEMS.iter().find(|(_, uri)| *uri == coding.system);
    let system = known.map_or(coding.system.as_str(), |(name, _)| name);
    format!("{system}#{} {}", coding.code, coding.display).trim_end().to_owned()
}

/// The letter that laboratories print for a value.
pub(super) fn letter(value: &EnumValueDescriptor) -> Option<&'static str> {
    match value.name() {
        "INTERPRETATION_NORMAL" => Some("N"),
        "INTERPRETATION_LOW" => Some("L"),
        "INTERPRETATION_HIGH" => Some("H"),
        "INTERPRETATION_CRITICAL_LOW" => Some("LL"),
        "INTERPRETATION_CRITICAL_HIGH" => Some("HH"),
        "INTERPRETATION_ABNORMAL" => Some("A"),
        _ => None,
    }
}

/// Code systems by the names that a person types: LOINC, ICD-10 as HL7 names them; JLAC10, YJ and HOT9 as JP Core does.
const SYSTEMS: &[(&str, &str)] = &[
    ("loinc", LOINC),
    ("jlac10", "urn:oid:1.2.392.200119.4.504"),
    ("yj", "urn:oid:1.2.392.100495.20.1.73"),
    ("hot9", "urn:oid:1.2.392.200119.4.403.1"),
    ("icd10", "http://hl7.org/fhir/sid/icd-10"),
];
/// What laboratories report most often, by LOINC; the first name is shown. LDH is that by lactate to pyruvate, as the
/// laboratories of Japan measure it (JSCC and IFCC), because LOINC discourages the code without a method; of LDL-C a form
/// does not tell whether it was calculated.
const ITEMS: &[(&str, &[&str])] = &[
    ("2823-3", &["カリウム", "K"]),
    ("2951-2", &["ナトリウム", "Na"]),
    ("2075-0", &["クロール", "Cl"]),
    ("17861-6", &["カルシウム", "Ca"]),
    ("3094-0", &["尿素窒素", "BUN", "UN"]),
    ("2160-0", &["クレアチニン", "Cre", "Cr", "creatinine"]),
    ("3084-1", &["尿酸", "UA"]),
    ("1920-8", &["AST", "GOT"]),
    ("1742-6", &["ALT", "GPT"]),
    ("2324-2", &["γ-GTP", "γ-GT", "GGT"]),
    ("6768-6", &["ALP"]),
    ("14804-9", &["LDH", "LD"]),
    ("2157-6", &["CK", "CPK"]),
    ("1975-2", &["総ビリルビン", "T-Bil"]),
    ("2885-2", &["総蛋白", "TP"]),
    ("1751-7", &["アルブミン", "Alb"]),
    ("1988-5", &["CRP"]),
    ("6690-2", &["白血球数", "WBC"]),
    ("789-8", &["赤血球数", "RBC"]),
    ("718-7", &["ヘモグロビン", "Hb", "Hgb"]),
    ("4544-3", &["ヘマトクリット", "Ht", "Hct"]),
    ("777-3", &["血小板数", "PLT"]),
    ("4548-4", &["HbA1c"]),
    ("2345-7", &["血糖", "Glu", "BS"]),
    ("2093-3", &["総コレステロール", "TC"]),
    ("2571-8", &["中性脂肪", "TG"]),
    ("2085-9", &["HDL-C", "HDL"]),
    ("2089-1", &["LDL-C", "LDL"]),
    ("30934-4", &["BNP"]),
    ("33762-6", &["NT-proBNP"]),
    ("6301-6", &["PT-INR", "INR"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{together, vital};

    /// Luhn's, as LOINC forms the digit after the dash.
    fn check_digit(code: &str) -> Option<u32> {
        let digits = code.split_once('-')?.0.chars().rev();
        let sum: u32 = digits
            .enumerate()
            .map(|(place, digit)| match (digit.to_digit(10), place % 2) {
                (Some(digit), 0) if digit > 4 => digit * 2 - 9,
                (Some(digit), 0) => digit * 2,
                (digit, _) => digit.unwrap_or(0),
            })
            .sum();
        Some((10 - sum % 10) % 10)
    }

    #[test]
    fn every_code_is_one_of_loinc_and_shown_as_pinned() {
        let source = include_str!("../../tests/fixtures/loinc.tsv");
        let rows: Vec<Vec<&str>> = source
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('\t').collect())
            .collect();
        for row in &rows {
            let [code, name, _, _] = row[..] else { panic!("{row:?}") };
            assert!(!name.is_empty() && name.is_ascii(), "{row:?}");
            assert_eq!(check_digit(code).map(|digit| digit.to_string()).as_deref(), code.split('-').nth(1));
        }
        let pinned: BTreeSet<(&str, &str)> =
            rows.iter().filter(|row| row[2] != "-").map(|row| (row[0], row[2])).collect();
        let items = ITEMS.iter().map(|(code, names)| (*code, names[0]));
        let written: Vec<(&str, &str)> = items.chain(vital::shown()).collect();
        assert_eq!(written.len(), pinned.len(), "no code stands twice");
        assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), pinned);
        let known: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
        assert_eq!(known.len(), rows.len());
        let unknown: Vec<_> = together::all().filter(|code| !known.contains(code)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let read = |row: &&Vec<&str>| row[2] == "-";
        assert!(rows.iter().filter(read).all(|row| together::all().any(|code| code == row[0])));
    }

    #[test]
    fn no_name_stands_for_two_items() {
        let names = ITEMS.iter().flat_map(|(code, names)| names.iter().map(move |name| (folded(name), code)));
        let mut named: Vec<_> = names.collect();
        named.sort_unstable();
        assert!(named.windows(2).all(|pair| pair[0].0 != pair[1].0), "{named:?}");
    }
}
