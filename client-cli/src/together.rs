//! Codes that tell of one thing: the two blood pressures, or the same thing by another method or in another specimen. A
//! name that people use stands for all of them, and a graph shows them in one panel, a line each.

/// Codes that stand together.
struct Together {
    /// The text that names them all; `None`: what the first that is drawn is called.
    title: Option<&'static str>,
    /// In the order in which they are drawn.
    codes: &'static [&'static str],
}

/// All codes that stand together with this one, itself among them; `None`: it stands alone.
pub(crate) fn of(code: &str) -> Option<&'static [&'static str]> {
    find(code).map(|together| together.codes)
}

/// Whether both are drawn in one panel.
pub(crate) fn are(code: &str, other: &str) -> bool {
    of(code).is_some_and(|codes| codes.contains(&other))
}

/// The text that names all that stands together with this one.
pub(crate) fn title(code: &str) -> Option<&'static str> {
    find(code)?.title
}

/// Where a code stands among those that are drawn with it.
pub(crate) fn rank(code: &str) -> Option<usize> {
    of(code)?.iter().position(|known| *known == code)
}

fn find(code: &str) -> Option<&'static Together> {
    ALL.iter().find(|together| together.codes.contains(&code))
}

/// Every code that stands together with another.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(|together| together.codes.iter().copied())
}

/// The first of each is the one that the client writes, but of 血糖, where a laboratory report says 2345-7.
const ALL: &[Together] = &[
    Together { title: Some("vital-blood-pressure"), codes: &["8480-6", "8462-4"] },
    // In blood without a method, as `glucose=` writes it, whoever measured and however; in capillary blood by a meter; in
    // serum or plasma. They differ by some percent, so each has its own line, but whoever treats looks at all of them.
    Together { title: Some("vital-2339-0"), codes: &["2339-0", "41653-7", "2345-7"] },
    // FHIR's vital signs demand the first; programs send the pulse oximeter's own as well or instead.
    Together { title: Some("vital-2708-6"), codes: &["2708-6", "59408-5"] },
    // The second is discouraged by LOINC since it says no method.
    Together { title: None, codes: &["14804-9", "2532-0"] },
    // Calculated, and measured directly.
    Together { title: None, codes: &["2089-1", "13457-7", "18262-6"] },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_in_one_place_only() {
        let mut codes: Vec<_> = all().collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(are("8462-4", "8480-6") && are("2345-7", "41653-7") && !are("8480-6", "2345-7"));
        assert_eq!((of("8310-5"), rank("41653-7"), title("2345-7")), (None, Some(1), Some("vital-2339-0")));
    }
}
