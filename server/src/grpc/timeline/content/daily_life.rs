//! ADL and daily life.

use std::collections::BTreeSet;

use renkei_domain::timeline::{AdlItem, AdlScore, DailyLife};
use renkei_proto::v1 as proto;

use super::parser::Parser;
use crate::grpc::convert;

pub(super) fn parse_daily_life(parser: &mut Parser<'_>, life: &proto::DailyLife) -> DailyLife {
    let proto::DailyLife {
        assess_time,
        scores,
        disability_level,
        dementia_level,
        meals,
        excretion,
        bathing,
        sleep,
        mood,
        remark,
    } = life;
    let mut seen = BTreeSet::new();
    let life = DailyLife {
        assessed_at: parser.past("assess_time", *assess_time),
        scores: parser.items("scores", scores, AdlItem::ALL.len(), |parser, score| {
            parse_score(parser, score, &mut seen)
        }),
        disability_level: parser.value("disability_level", *disability_level, convert::from_disability_level),
        dementia_level: parser.value("dementia_level", *dementia_level, convert::from_dementia_level),
        meals: parser.text("meals", meals),
        excretion: parser.text("excretion", excretion),
        bathing: parser.text("bathing", bathing),
        sleep: parser.text("sleep", sleep),
        mood: parser.text("mood", mood),
        remark: parser.text("remark", remark),
    };
    let empty = DailyLife { assessed_at: life.assessed_at, ..Default::default() };
    parser.wants(life != empty, "", "must not be empty");
    life
}

fn parse_score(parser: &mut Parser<'_>, score: &proto::AdlScore, seen: &mut BTreeSet<AdlItem>) -> AdlScore {
    let proto::AdlScore { item, points } = score;
    let item = parser.required_value("item", *item, convert::from_adl_item);
    if item.is_some_and(|item| !seen.insert(item)) {
        parser.wrong("item", "must stand once");
    }
    let most = item.map_or(15, AdlItem::most_points);
    let points = u8::try_from(*points).ok().filter(|points| *points <= most && points % 5 == 0);
    if points.is_none() {
        parser.wrong("points", "must be 0, 5, 10 or 15, as far as the item goes");
    }
    AdlScore { item, points: points.unwrap_or_default() }
}

pub(super) fn daily_life(life: DailyLife) -> proto::DailyLife {
    let DailyLife {
        assessed_at,
        scores,
        disability_level,
        dementia_level,
        meals,
        excretion,
        bathing,
        sleep,
        mood,
        remark,
    } = life;
    proto::DailyLife {
        assess_time: assessed_at.and_then(convert::time),
        scores: scores.into_iter().map(score).collect(),
        disability_level: disability_level.map_or(0, convert::disability_level),
        dementia_level: dementia_level.map_or(0, convert::dementia_level),
        meals,
        excretion,
        bathing,
        sleep,
        mood,
        remark,
    }
}

fn score(score: AdlScore) -> proto::AdlScore {
    let AdlScore { item, points } = score;
    proto::AdlScore { item: item.map_or(0, convert::adl_item), points: points.into() }
}
