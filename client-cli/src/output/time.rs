//! Times and days: shown in the local zone, printed for programs in UTC, read in either form.

use jiff::{SignedDuration, Timestamp, Zoned, civil, tz::TimeZone};
use renkei_proto::v1;

use crate::{
    error::{Error, Result},
    text::msg,
};

/// For a person: `2026-07-01 09:30` in the local zone.
pub(crate) fn local(time: Option<&prost_types::Timestamp>) -> String {
    let Some(time) = time.and_then(instant) else { return String::new() };
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The moment, to compare it with others.
pub(crate) fn instant(time: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

/// For a program: RFC 3339 in UTC.
pub(crate) fn rfc3339(time: &prost_types::Timestamp) -> Option<String> {
    instant(time).map(|time| time.to_string())
}

/// The day on which something ends, if that is so soon.
pub(crate) fn ends_within(end: &str, soon: SignedDuration) -> Option<String> {
    let end: Timestamp = end.parse().ok()?;
    let near = end.duration_since(Timestamp::now()) < soon;
    near.then(|| end.to_zoned(TimeZone::system()).date().to_string())
}

/// The day of a time in the local zone.
pub(crate) fn local_day(time: Option<&prost_types::Timestamp>) -> String {
    let Some(time) = time.and_then(instant) else { return String::new() };
    time.to_zoned(TimeZone::system()).date().to_string()
}

/// Today in the local zone.
pub(crate) fn today() -> v1::Date {
    date(Zoned::now().date())
}

/// Days from one day to another; negative if the other was before. `None` if one of them is no day.
pub(crate) fn days_between(from: &v1::Date, to: &v1::Date) -> Option<i32> {
    Some((civil_day(to)? - civil_day(from)?).get_days())
}

/// `2026-07-01`.
pub(crate) fn day(date: &v1::Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// Reads `2026-07-01T09:30:00+09:00`, or `2026-07-01 09:30` or `2026-07-01` in the local zone.
pub(crate) fn parse(text: &str) -> Result<prost_types::Timestamp> {
    parse_in(text, &TimeZone::system())
        .map(|time| prost_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() })
        .ok_or_else(|| Error::usage(msg!("error-time", text = text)).next(msg!("next-time")))
}

/// The same as an end: a day alone means its last moment, that is the first one after it.
pub(crate) fn parse_end(text: &str) -> Result<prost_types::Timestamp> {
    let next = civil::Date::strptime("%Y-%m-%d", text.trim()).ok().and_then(|day| day.tomorrow().ok());
    parse(&next.map_or_else(|| text.to_owned(), |day| day.to_string()))
}

/// Reads `1941-02-03`.
pub(crate) fn parse_day(text: &str) -> Result<v1::Date> {
    civil::Date::strptime("%Y-%m-%d", text.trim())
        .map(date)
        .map_err(|_| Error::usage(msg!("error-day", text = text)).next(msg!("next-day")))
}

fn parse_in(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let formats = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"];
    let date_time = formats
        .iter()
        .find_map(|format| civil::DateTime::strptime(format, text).ok())
        .or_else(|| civil::Date::strptime("%Y-%m-%d", text).ok().map(Into::into))?;
    date_time.to_zoned(zone.clone()).ok().map(|time| time.timestamp())
}

fn date(day: civil::Date) -> v1::Date {
    v1::Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

fn civil_day(day: &v1::Date) -> Option<civil::Date> {
    let (year, month) = (day.year.try_into().ok()?, day.month.try_into().ok()?);
    civil::Date::new(year, month, day.day.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        parse_in(text, &tokyo).map(|time| time.to_string())
    }

    #[test]
    fn times_are_read_in_the_local_zone_unless_they_name_one() {
        assert_eq!(utc("2026-07-01 09:30").as_deref(), Some("2026-07-01T00:30:00Z"));
        assert_eq!(utc("2026-07-01").as_deref(), Some("2026-06-30T15:00:00Z"));
        assert_eq!(utc("2026-07-01T09:30:00+09:00").as_deref(), Some("2026-07-01T00:30:00Z"));
        assert_eq!(utc("2026-07-01T09:30:00Z").as_deref(), Some("2026-07-01T09:30:00Z"));
        for bad in ["", "yesterday", "2026-02-30", "09:30", "2026/07/01"] {
            assert_eq!(utc(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_what_ends_soon_is_told() {
        let in_hours = |hours| (Timestamp::now() + SignedDuration::from_hours(hours)).to_string();
        let day = SignedDuration::from_hours(24);
        assert!(ends_within(&in_hours(23), day).is_some());
        assert!(ends_within(&in_hours(-1), day).is_some());
        assert!(ends_within(&in_hours(25), day).is_none());
        assert!(ends_within("", day).is_none());
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        assert_eq!(parse_end("2026-06-30").unwrap(), parse("2026-07-01").unwrap());
        assert_eq!(parse_end("2026-06-30 12:00").unwrap(), parse("2026-06-30 12:00").unwrap());
        assert!(parse_end("someday").is_err());
    }

    #[test]
    fn days() {
        assert_eq!(day(&parse_day("1941-02-03").unwrap()), "1941-02-03");
        assert!(parse_day("1941-13-03").is_err());
        let days = |from, to| days_between(&parse_day(from).unwrap(), &parse_day(to).unwrap());
        assert_eq!(days("2026-12-31", "2027-03-01"), Some(60));
        assert_eq!(days("2027-03-01", "2027-02-28"), Some(-1));
        assert_eq!(days_between(&today(), &v1::Date::default()), None);
    }
}
