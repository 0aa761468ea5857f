//! A QR code on a terminal, for the camera of a phone. It goes to standard error like everything that is no data, and
//! only where somebody looks at it: what it says is a secret.

use std::io::{self, IsTerminal as _, Write as _};

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

/// Black on white whatever the colours of the terminal are: cameras want it so.
const COLOURS: &str = "\x1b[38;5;16;48;5;231m";
const PLAIN: &str = "\x1b[0m";

/// Shows the text as a QR code, if standard error is a terminal; says whether it did.
pub(crate) fn show(text: &str) -> bool {
    let mut out = io::stderr();
    if !out.is_terminal() {
        return false;
    }
    let Some(lines) = lines(text) else { return false };
    lines.iter().all(|line| writeln!(out, "{COLOURS}{line}{PLAIN}").is_ok())
}

/// Two rows of modules a line, with the border that cameras need. `None`: the text is too long for a QR code.
fn lines(text: &str) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let picture = code.render::<Dense1x2>().quiet_zone(true).build();
    Some(picture.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use qrcode::Color;

    use super::*;

    #[test]
    fn what_is_drawn_is_the_code() {
        let text = "otpauth://totp/Tsurumi:mori?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tsurumi";
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let lines = lines(text).unwrap();
        let dark = |x: usize, y: usize| {
            let half = lines[y / 2].chars().nth(x).unwrap();
            matches!((half, y % 2), ('█', _) | ('▀', 0) | ('▄', 1))
        };
        let border = 4;
        for y in 0..code.width() {
            for x in 0..code.width() {
                assert_eq!(dark(x + border, y + border), code[(x, y)] == Color::Dark, "{x}, {y}");
            }
        }
        assert!((0..code.width() + 2 * border).all(|x| (0..border).all(|y| !dark(x, y))));
        assert!(lines.iter().all(|line| line.chars().count() == code.width() + 2 * border));
        assert!(lines.len() < 30, "it fits a terminal: {} lines", lines.len());
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert!(lines(&"x".repeat(5000)).is_none());
    }
}
