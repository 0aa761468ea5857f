//! Vital signs as people write them (`bp=128/76`, `temp=36.8`) as coded observations. The number is
//! sent exactly as written, so that `36.50` stays `36.50`.

use renkei_proto::v1::{Coding, Observation, Quantity};

use crate::{
    error::{Error, Result},
    form,
    text::msg,
    together,
};

/// One kind of measurement.
struct Kind {
    /// What people write before the `=`.
    names: &'static [&'static str],
    code: &'static str,
    display: &'static str,
    unit: &'static str,
    /// Beyond these the number is a slip of the hand.
    range: (f64, f64),
}

/// Reads one `--vital`. Blood pressure gives two observations.
pub(crate) fn parse(text: &str) -> Result<Vec<Observation>> {
    let folded = fold_width(text);
    let (name, value) = folded
        .split_once(['=', ':'])
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .ok_or_else(|| form_error(text))?;
    if BLOOD_PRESSURE.contains(&name.as_str()) {
        let (systolic, diastolic) = value.split_once('/').ok_or_else(|| pressure_error(text))?;
        let (systolic, diastolic) = (systolic.trim(), diastolic.trim());
        let pair = [observe(&SYSTOLIC, systolic, text)?, observe(&DIASTOLIC, diastolic, text)?];
        if number(diastolic) >= number(systolic) {
            return Err(pressure_error(text));
        }
        return Ok(pair.into());
    }
    let kind =
        KINDS.iter().find(|kind| kind.names.contains(&name.as_str())).ok_or_else(|| form_error(text))?;
    Ok(vec![observe(kind, value, text)?])
}

/// A measurement as [`parse`] reads it, and whether the next one, the other blood pressure, is in it. `None`: it has no
/// short name, or another unit.
pub(crate) fn written(one: &Observation, next: Option<&Observation>) -> Option<(String, bool)> {
    let value = |observation: &Observation, kind: &Kind| {
        let (code, value) = (observation.code.as_ref()?, observation.value.as_ref()?);
        (code.system == LOINC && code.code == kind.code && value.unit == kind.unit)
            .then(|| value.value.clone())
            .filter(|value| {
                number(value).is_some_and(|number| number >= kind.range.0 && number <= kind.range.1)
            })
    };
    if let Some(systolic) = value(one, &SYSTOLIC)
        && let Some(diastolic) = next.and_then(|next| value(next, &DIASTOLIC))
    {
        let text = format!("{}={systolic}/{diastolic}", BLOOD_PRESSURE[0]);
        return parse(&text).is_ok().then_some((text, true));
    }
    KINDS.iter().find_map(|kind| Some((format!("{}={}", kind.names[0], value(one, kind)?), false)))
}

/// The codes that a short name stands for, of a vital sign or of a laboratory item, with whatever else tells of the same
/// thing; any other text is a code itself.
pub(crate) fn codes(text: &str) -> Vec<String> {
    let name = fold_width(text).trim().to_ascii_lowercase();
    let kind = KINDS.iter().find(|kind| kind.names.contains(&name.as_str())).map(|kind| kind.code);
    let pressure = BLOOD_PRESSURE.contains(&name.as_str()).then_some(SYSTOLIC.code);
    match pressure.or(kind).or_else(|| form::item_code(text)) {
        Some(known) => with_same(&known).iter().map(|code| (*code).to_owned()).collect(),
        None => vec![text.trim().to_owned()],
    }
}

/// The codes of everything that has a name, in the order in which people write it, each with whatever else tells of the
/// same thing.
pub(crate) fn all_codes() -> impl Iterator<Item = &'static str> {
    let first = [&SYSTOLIC.code].into_iter().chain(KINDS.iter().map(|kind| &kind.code));
    first.flat_map(|code| with_same(code).iter().copied())
}

fn with_same<'a>(code: &'a &'static str) -> &'a [&'static str] {
    together::of(code).unwrap_or(std::slice::from_ref(code))
}

/// Code and what is shown, of everything that is written here.
#[cfg(test)]
pub(crate) fn shown() -> impl Iterator<Item = (&'static str, &'static str)> {
    [&SYSTOLIC, &DIASTOLIC].into_iter().chain(KINDS).map(|kind| (kind.code, kind.display))
}

/// Where a code stands among them; `None` for others.
pub(crate) fn rank(code: &str) -> Option<usize> {
    all_codes().position(|known| known == code)
}

fn observe(kind: &Kind, value: &str, text: &str) -> Result<Observation> {
    let (low, high) = kind.range;
    match number(value) {
        None => Err(Error::usage(msg!("error-vital-number", text = text)).next(vital_forms())),
        Some(number) if number < low || number > high => Err(Error::usage(msg!(
            "error-vital-range",
            text = text,
            low = low,
            high = high,
            unit = kind.unit
        ))),
        Some(_) => Ok(Observation {
            code: Some(Coding {
                system: LOINC.to_owned(),
                code: kind.code.to_owned(),
                display: kind.display.to_owned(),
            }),
            value: Some(Quantity { value: value.to_owned(), unit: kind.unit.to_owned() }),
        }),
    }
}

/// Digits, and optionally a point and digits.
fn number(value: &str) -> Option<f64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits =
        |part: &str| !part.is_empty() && part.len() <= 10 && part.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && digits(fraction)).then(|| value.parse().ok()).flatten()
}

/// A Japanese keyboard easily gives １２８／７６.
pub(crate) fn fold_width(text: &str) -> String {
    let fold = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    text.chars().map(fold).collect()
}

fn form_error(text: &str) -> Error {
    Error::usage(msg!("error-vital-form", text = text)).next(vital_forms())
}

fn pressure_error(text: &str) -> Error {
    Error::usage(msg!("error-vital-pressure", text = text)).next(vital_forms())
}

fn vital_forms() -> crate::text::Message {
    msg!("next-vital")
}

pub(crate) const LOINC: &str = "http://loinc.org";
const BLOOD_PRESSURE: &[&str] = &["bp", "血圧"];
const SYSTOLIC: Kind =
    Kind { names: &[], code: "8480-6", display: "収縮期血圧", unit: "mm[Hg]", range: (30.0, 300.0) };
const DIASTOLIC: Kind =
    Kind { names: &[], code: "8462-4", display: "拡張期血圧", unit: "mm[Hg]", range: (10.0, 200.0) };
const KINDS: &[Kind] = &[
    Kind { names: &["temp", "体温"], code: "8310-5", display: "体温", unit: "Cel", range: (25.0, 45.0) },
    Kind {
        names: &["pulse", "脈拍"], code: "8867-4", display: "脈拍", unit: "/min", range: (0.0, 300.0)
    },
    Kind {
        names: &["resp", "呼吸数"], code: "9279-1", display: "呼吸数", unit: "/min", range: (0.0, 100.0)
    },
    Kind { names: &["spo2"], code: "2708-6", display: "SpO2", unit: "%", range: (0.0, 100.0) },
    Kind {
        names: &["weight", "体重"], code: "29463-7", display: "体重", unit: "kg", range: (0.2, 500.0)
    },
    Kind {
        names: &["height", "身長"], code: "8302-2", display: "身長", unit: "cm", range: (20.0, 250.0)
    },
    Kind {
        names: &["glucose", "血糖"],
        code: "2339-0",
        display: "血糖",
        unit: "mg/dL",
        range: (5.0, 2000.0),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(text: &str) -> Vec<(String, String, String)> {
        let part = |observation: Observation| {
            let (code, value) = (observation.code.unwrap(), observation.value.unwrap());
            assert_eq!(code.system, "http://loinc.org");
            (code.code, value.value, value.unit)
        };
        parse(text).unwrap().into_iter().map(part).collect()
    }

    fn one(code: &str, value: &str, unit: &str) -> Vec<(String, String, String)> {
        vec![(code.into(), value.into(), unit.into())]
    }

    #[test]
    fn every_shorthand_has_its_code_and_unit() {
        assert_eq!(
            coded("bp=128/76"),
            [one("8480-6", "128", "mm[Hg]"), one("8462-4", "76", "mm[Hg]")].concat()
        );
        assert_eq!(coded("temp=36.50"), one("8310-5", "36.50", "Cel"), "kept as written");
        assert_eq!(coded("pulse=72"), one("8867-4", "72", "/min"));
        assert_eq!(coded("resp=16"), one("9279-1", "16", "/min"));
        assert_eq!(coded("spo2=97"), one("2708-6", "97", "%"));
        assert_eq!(coded("weight=52.4"), one("29463-7", "52.4", "kg"));
        assert_eq!(coded("height=150"), one("8302-2", "150", "cm"));
        assert_eq!(coded("glucose=110"), one("2339-0", "110", "mg/dL"));
    }

    #[test]
    fn wide_digits_and_japanese_names_are_understood() {
        assert_eq!(coded("血圧＝１２８／７６"), coded("bp=128/76"));
        assert_eq!(coded("体温: ３６．８"), coded("temp=36.8"));
        assert_eq!(coded("SpO2=97"), coded("spo2=97"));
    }

    #[test]
    fn a_short_name_stands_for_its_codes() {
        assert_eq!(codes("BP"), ["8480-6", "8462-4"]);
        assert_eq!([codes("体温"), codes("ｔｅｍｐ"), codes("8310-5")], [["8310-5"]; 3]);
        assert_eq!(codes(" 3A015000002327101 "), ["3A015000002327101"]);
        assert_eq!([codes("K"), codes("ｋ"), codes("カリウム")], [["2823-3"]; 3], "as a report takes it");
        let sugar = ["2339-0", "41653-7", "2345-7"];
        assert_eq!([codes("glucose"), codes("血糖"), codes("Glu")], [sugar; 3], "whoever measured it");
        assert_eq!([codes("2345-7"), codes("2339-0")], [["2345-7"], ["2339-0"]], "a code is that code");
        assert!(all_codes().count() <= 20, "as many as one request may name");
        assert_eq!((rank("8480-6"), rank("8310-5"), rank("4548-4")), (Some(0), Some(2), None));
    }

    #[test]
    fn slips_are_refused() {
        for bad in [
            "bp=128",
            "bp=76/128",
            "bp=/",
            "temp=368",
            "temp=",
            "temp",
            "temp=36,8",
            "temp=36.",
            "pulse=-1",
            "spo2=101",
            "mood=good",
            "temp=NaN",
            "temp=1e1",
            "",
        ] {
            let error = parse(bad).expect_err(bad);
            assert_eq!(error.exit(), crate::error::Exit::Usage, "{bad}");
        }
    }
}
