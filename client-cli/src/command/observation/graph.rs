//! `renkei observation graph`: measurements over time, on the terminal or as a picture.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::TimeZone;
use renkei_proto::v1::{ListObservationsRequest, Period};
use serde_json::{Value, json};

use crate::{
    chart::{self, Asked, Chart, terminal},
    command::{Context, observation::observations, pages::ALL, resolve},
    drawing::{
        font::{Fonts, Missing},
        png, svg,
    },
    error::{Error, Result},
    output::time,
    private_file,
    text::msg,
    vital,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(required = true)]
    code: Vec<String>,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "out")]
    font: Option<PathBuf>,
    #[arg(long, requires = "out")]
    force: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let codes = codes(&arguments.code)?;
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.to.as_deref().map(time::parse_end).transpose()?;
    let target = arguments.out.as_deref().map(|path| Target::new(path, &arguments)).transpose()?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let period = (start.is_some() || end.is_some()).then_some(Period { start, end });
    let request = ListObservationsRequest { patient_id, codes: codes.clone(), period, ..Default::default() };
    let values = observations(&connection, request, ALL).await?.items;
    let asked = Asked {
        codes: &codes,
        start: start.as_ref().and_then(time::instant),
        end: end.as_ref().and_then(time::instant),
        zone: TimeZone::system(),
    };
    let chart = chart::chart(context.texts, &values, &asked);
    match (target, chart) {
        (Some(target), Some(chart)) => target.write(context, &chart),
        (_, None) => context.out.list(Vec::new(), || vec![context.line(&msg!("graph-none"))]),
        (None, Some(chart)) => {
            let columns = context.out.columns().unwrap_or(COLUMNS);
            let rows = rows(context.out.rows(), chart.panels.len());
            context.out.list(json(&chart), || terminal::lines(context.texts, &chart, columns, rows))
        }
    }
}

/// Each code once, in the order given; a name stands for its codes.
fn codes(given: &[String]) -> Result<Vec<String>> {
    let mut codes: Vec<String> = Vec::new();
    for text in given {
        for code in vital::codes(text) {
            if code.is_empty() || code.chars().count() > LONGEST || code.chars().any(char::is_control) {
                return Err(Error::usage(msg!("error-code", text = text)).next(msg!("next-code")));
            }
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    if codes.len() > MOST {
        return Err(Error::usage(msg!("error-codes", most = MOST)));
    }
    Ok(codes)
}

/// Rows of a panel's field, so that all panels fit on the terminal if they can.
fn rows(terminal: Option<usize>, panels: usize) -> usize {
    let shared = |rows: usize| (rows.saturating_sub(AROUND) / panels.max(1)).saturating_sub(AROUND_PANEL);
    terminal.map_or(ROWS, |rows| shared(rows).clamp(LEAST_ROWS, MOST_ROWS))
}

/// What is drawn, a series an object.
fn json(chart: &Chart) -> Vec<Value> {
    let all = chart.panels.iter().flat_map(|panel| panel.series.iter().map(move |series| (panel, series)));
    all.map(|(panel, series)| {
        let points: Vec<Value> = series
            .points
            .iter()
            .map(|point| {
                json!({
                    "observe_time": point.time.to_string(),
                    "value": point.written,
                    "organization_name": chart.sources[point.source],
                    "entry_id": point.entry_id,
                })
            })
            .collect();
        json!({
            "system": series.system,
            "code": series.code,
            "display": series.name,
            "unit": panel.unit,
            "low": series.low,
            "high": series.high,
            "points": points,
        })
    })
    .collect()
}

/// The file that is wanted.
struct Target<'a> {
    path: &'a Path,
    force: bool,
    picture: Picture,
    fonts: Fonts,
}

enum Picture {
    Svg,
    Png,
}

impl<'a> Target<'a> {
    fn new(path: &'a Path, arguments: &Arguments) -> Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let picture = match ending.to_ascii_lowercase().as_str() {
            "svg" => Picture::Svg,
            "png" => Picture::Png,
            _ => {
                let what = msg!("error-picture-name", path = path.display());
                return Err(Error::usage(what).next(msg!("next-picture-name")));
            }
        };
        private_file::refuse_overwriting(path, arguments.force)?;
        Ok(Self { path, force: arguments.force, picture, fonts: Fonts::with(arguments.font.as_deref())? })
    }

    fn write(&self, context: &Context<'_>, chart: &Chart) -> Result<()> {
        let mut missing = Missing::new();
        let drawing = chart::drawing(context.texts, chart, &self.fonts, &mut missing);
        let file = match self.picture {
            Picture::Svg => svg::text(&drawing, &self.fonts).into_bytes(),
            Picture::Png => png::bytes(&drawing, &self.fonts)?,
        };
        private_file::refuse_overwriting(self.path, self.force)?;
        private_file::write(self.path, &file)?;
        if !missing.is_empty() {
            let codes = missing.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            context.note(&msg!("print-missing", codes = codes));
        }
        let json = json!({"path": self.path.to_string_lossy(), "missing_characters": missing});
        context.out.one(json, || vec![context.line(&msg!("graph-written", path = self.path.display()))])
    }
}

/// As many as one request may name, and as long as one may be.
const MOST: usize = 20;
const LONGEST: usize = 64;
/// Where there is no terminal.
const COLUMNS: usize = 80;
const ROWS: usize = 10;
const LEAST_ROWS: usize = 6;
const MOST_ROWS: usize = 16;
/// Rows below the panels, and those of a panel beside its field.
const AROUND: usize = 4;
const AROUND_PANEL: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    fn given(texts: &[&str]) -> Result<Vec<String>> {
        codes(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn names_and_codes_are_understood_once_each() {
        let read = given(&["bp", "体温", "8480-6", "3F015000002327101", "temp"]).unwrap();
        assert_eq!(read, ["8480-6", "8462-4", "8310-5", "3F015000002327101"]);
    }

    #[test]
    fn what_cannot_be_a_code_is_refused() {
        let many: Vec<String> = (0..21).map(|number| format!("code-{number}")).collect();
        assert_eq!(codes(&many).unwrap_err().exit(), Exit::Usage);
        for bad in ["", " ", "a\nb", &"9".repeat(65)] {
            assert_eq!(given(&[bad]).unwrap_err().exit(), Exit::Usage, "{bad:?}");
        }
    }

    #[test]
    fn panels_share_the_terminal() {
        assert_eq!(
            (rows(None, 3), rows(Some(24), 1), rows(Some(24), 5), rows(Some(200), 1)),
            (10, 15, 6, 16)
        );
    }
}
