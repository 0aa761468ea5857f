//! Visit notes, vital signs, codes and amounts.

use renkei_domain::timeline::{Coding, Observation, Quantity, VisitNote, VitalSigns};
use renkei_proto::v1 as proto;

use super::parser::Parser;
use crate::grpc::convert;

/// Measurements of one entry.
const MAX_OBSERVATIONS: usize = 50;

pub(super) fn parse_visit_note(parser: &mut Parser<'_>, note: &proto::VisitNote) -> VisitNote {
    let proto::VisitNote { subjective, objective, assessment, plan, visit_time, observations } = note;
    let note = VisitNote {
        subjective: parser.text("subjective", subjective),
        objective: parser.text("objective", objective),
        assessment: parser.text("assessment", assessment),
        plan: parser.text("plan", plan),
        visited_at: parser.past("visit_time", *visit_time),
        observations: parser.items("observations", observations, MAX_OBSERVATIONS, parse_observation),
    };
    let empty = VisitNote { visited_at: note.visited_at, ..Default::default() };
    parser.wants(note != empty, "", "must not be empty");
    note
}

pub(super) fn visit_note(note: VisitNote) -> proto::VisitNote {
    let VisitNote { subjective, objective, assessment, plan, visited_at, observations } = note;
    proto::VisitNote {
        subjective,
        objective,
        assessment,
        plan,
        visit_time: visited_at.and_then(convert::time),
        observations: observations.into_iter().map(observation).collect(),
    }
}

pub(super) fn parse_vital_signs(parser: &mut Parser<'_>, signs: &proto::VitalSigns) -> VitalSigns {
    let proto::VitalSigns { observations, measure_time, remark } = signs;
    VitalSigns {
        observations: parser.required_items(
            "observations",
            observations,
            MAX_OBSERVATIONS,
            parse_observation,
        ),
        measured_at: parser.past("measure_time", *measure_time),
        remark: parser.text("remark", remark),
    }
}

pub(super) fn vital_signs(signs: VitalSigns) -> proto::VitalSigns {
    let VitalSigns { observations, measured_at, remark } = signs;
    proto::VitalSigns {
        observations: observations.into_iter().map(observation).collect(),
        measure_time: measured_at.and_then(convert::time),
        remark,
    }
}

fn parse_observation(parser: &mut Parser<'_>, observation: &proto::Observation) -> Observation {
    let proto::Observation { code, value } = observation;
    Observation {
        code: parser.required_coding("code", code.as_ref()),
        value: parser.required_quantity("value", value.as_ref()),
    }
}

pub(in crate::grpc) fn observation(observation: Observation) -> proto::Observation {
    let Observation { code, value } = observation;
    let value = (value != Quantity::default()).then(|| quantity(value));
    proto::Observation { code: required_coding(code), value }
}

/// A code that only a template may lack.
pub(super) fn required_coding(code: Coding) -> Option<proto::Coding> {
    (code != Coding::default()).then(|| coding(code))
}

pub(in crate::grpc) fn coding(coding: Coding) -> proto::Coding {
    let Coding { system, code, display } = coding;
    proto::Coding { system, code, display }
}

pub(in crate::grpc) fn quantity(quantity: Quantity) -> proto::Quantity {
    let Quantity { value, unit } = quantity;
    proto::Quantity { value, unit }
}
