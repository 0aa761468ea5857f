//! Laboratory results.

use renkei_domain::timeline::{LaboratoryReport, LaboratoryResult};
use renkei_proto::v1 as proto;

use super::observation::{quantity, required_coding};
use super::parser::{Parser, is_decimal};
use crate::grpc::convert;

pub(super) fn parse_laboratory_report(
    parser: &mut Parser<'_>,
    report: &proto::LaboratoryReport,
) -> LaboratoryReport {
    let proto::LaboratoryReport { results, collection_time, laboratory, remark } = report;
    LaboratoryReport {
        results: parser.required_items("results", results, 200, parse_result),
        collected_at: parser.past("collection_time", *collection_time),
        laboratory: parser.line("laboratory", laboratory),
        remark: parser.text("remark", remark),
    }
}

fn parse_result(parser: &mut Parser<'_>, result: &proto::LaboratoryResult) -> LaboratoryResult {
    let proto::LaboratoryResult { code, value, text, low, high, interpretation } = result;
    let result = LaboratoryResult {
        code: parser.required_coding("code", code.as_ref()),
        value: parser.quantity("value", value.as_ref()),
        text: parser.line("text", text),
        low: parser.decimal("low", low),
        high: parser.decimal("high", high),
        interpretation: parser.value("interpretation", *interpretation, convert::from_interpretation),
    };
    let bound = |text: &str| text.parse::<f64>().ok().filter(|_| is_decimal(text));
    if let (Some(low), Some(high)) = (bound(&result.low), bound(&result.high))
        && low > high
    {
        parser.wrong("high", "must not be below low");
    }
    match (&result.value, result.text.is_empty()) {
        (None, true) => parser.wants(false, "", "must have a value or a text"),
        (Some(_), false) => parser.wrong("text", "must be empty where there is a value"),
        (Some(_), true) | (None, false) => {}
    }
    result
}

pub(super) fn laboratory_report(report: LaboratoryReport) -> proto::LaboratoryReport {
    let LaboratoryReport { results, collected_at, laboratory, remark } = report;
    proto::LaboratoryReport {
        results: results.into_iter().map(result).collect(),
        collection_time: collected_at.and_then(convert::time),
        laboratory,
        remark,
    }
}

pub(in crate::grpc) fn result(result: LaboratoryResult) -> proto::LaboratoryResult {
    let LaboratoryResult { code, value, text, low, high, interpretation } = result;
    proto::LaboratoryResult {
        code: required_coding(code),
        value: value.map(quantity),
        text,
        low,
        high,
        interpretation: interpretation.map_or(0, convert::interpretation),
    }
}
