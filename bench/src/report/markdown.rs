//! The tables in docs/performance.md: one for each part, with the day and the machine under it.

use anyhow::{Context as _, Result};

use super::{Line, Verdict, table};
use crate::machine::Machine;

/// The table of a part.
pub(super) fn section(machine: &Machine, lines: &[Line]) -> String {
    let mut text = "| what | figure | limit | ratio | bar (goal) | p50 / p99 ms | CPU µs server / client |\n\
                    |---|--:|--:|--:|---|--:|--:|\n"
        .to_owned();
    for line in lines {
        let [_, what, figure, limit, ratio, _, latency, cpu] = table::cells(line);
        let bar = match (line.bar, line.verdict()) {
            (Some(bar), Some(Verdict::Below)) => format!("{}, **missed**", table::shown(&bar)),
            (Some(bar), _) => table::shown(&bar),
            (None, _) => "–".to_owned(),
        };
        text.push_str(&format!("| {what} | {figure} | {limit} | {ratio} | {bar} | {latency} | {cpu} |\n"));
    }
    format!("{text}\n{}.\n", machine.line())
}

/// Puts a section in place of the old one, or at the end.
///
/// # Errors
/// If the old one has no end.
pub(super) fn renew(text: &str, part: &str, section: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- bench {part} -->\n"), format!("<!-- /bench {part} -->"));
    let Some((before, rest)) = text.split_once(&begin) else {
        let gap = if text.is_empty() { "" } else { "\n" };
        return Ok(format!("{text}{gap}{begin}{section}{end}\n"));
    };
    let (_, after) = rest.split_once(&end).with_context(|| format!("{end} is missing"))?;
    Ok(format!("{before}{begin}{section}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_section_is_renewed() {
        let once = renew("# Speed\n", "post", "one\n").unwrap();
        assert_eq!(once, "# Speed\n\n<!-- bench post -->\none\n<!-- /bench post -->\n");
        let both = renew(&(once + "\nWhy so.\n"), "read", "two\n").unwrap();
        let again = renew(&both, "post", "three\n").unwrap();
        assert_eq!(again, both.replace("one", "three"));
        assert!(renew("<!-- bench post -->\none\n", "post", "two\n").is_err());
    }
}
