//! Nursing instructions and wounds.

use renkei_domain::timeline::{NursingInstruction, Wound};
use renkei_proto::v1 as proto;

use super::observation::coding;
use super::parser::Parser;
use crate::grpc::convert;

pub(super) fn parse_nursing_instruction(
    parser: &mut Parser<'_>,
    instruction: &proto::NursingInstruction,
) -> NursingInstruction {
    let proto::NursingInstruction {
        r#type,
        first_date,
        last_date,
        diagnosis,
        condition,
        medication,
        devices,
        pressure_ulcer,
        instruction,
        rehabilitation,
        emergency_contact,
        station,
    } = instruction;
    let instruction = NursingInstruction {
        instruction_type: parser.required_value("type", *r#type, convert::from_nursing_instruction_type),
        first_date: parser.required_date("first_date", *first_date),
        last_date: parser.required_date("last_date", *last_date),
        diagnosis: parser.required_text("diagnosis", diagnosis),
        condition: parser.text("condition", condition),
        medication: parser.text("medication", medication),
        devices: parser.text("devices", devices),
        pressure_ulcer: parser.text("pressure_ulcer", pressure_ulcer),
        instruction: parser.required_text("instruction", instruction),
        rehabilitation: parser.text("rehabilitation", rehabilitation),
        emergency_contact: parser.line("emergency_contact", emergency_contact),
        station: parser.line("station", station),
    };
    let NursingInstruction { instruction_type, first_date, last_date, .. } = instruction;
    parser.in_order(first_date, "last_date", last_date);
    if let (Some(kind), Some(first), Some(last)) = (instruction_type, first_date, last_date)
        && last > kind.latest(first)
    {
        parser.wrong("last_date", "must not be after the longest period of such an instruction");
    }
    instruction
}

pub(super) fn nursing_instruction(instruction: NursingInstruction) -> proto::NursingInstruction {
    let NursingInstruction {
        instruction_type,
        first_date,
        last_date,
        diagnosis,
        condition,
        medication,
        devices,
        pressure_ulcer,
        instruction,
        rehabilitation,
        emergency_contact,
        station,
    } = instruction;
    proto::NursingInstruction {
        r#type: instruction_type.map_or(0, convert::nursing_instruction_type),
        first_date: first_date.and_then(convert::date),
        last_date: last_date.and_then(convert::date),
        diagnosis,
        condition,
        medication,
        devices,
        pressure_ulcer,
        instruction,
        rehabilitation,
        emergency_contact,
        station,
    }
}

pub(super) fn parse_wound(parser: &mut Parser<'_>, wound: &proto::Wound) -> Wound {
    let proto::Wound {
        series,
        observe_time,
        site,
        r#type,
        length_mm,
        width_mm,
        depth_mm,
        design_r,
        finding,
        treatment,
    } = wound;
    let wound = Wound {
        series: parser.required_line("series", series),
        observed_at: parser.past("observe_time", *observe_time),
        site: parser.coding("site", site.as_ref()),
        wound_type: parser.line("type", r#type),
        length_mm: parser.number("length_mm", *length_mm, 2000),
        width_mm: parser.number("width_mm", *width_mm, 2000),
        depth_mm: parser.number("depth_mm", *depth_mm, 500),
        design_r: parser.line_of("design_r", design_r, 64),
        finding: parser.text("finding", finding),
        treatment: parser.text("treatment", treatment),
    };
    let Wound { series, observed_at, .. } = wound.clone();
    let told = wound != Wound { series, observed_at, ..Default::default() };
    parser.wants(told || parser.has_file(), "", "must say something or have a file");
    wound
}

pub(super) fn wound(wound: Wound) -> proto::Wound {
    let Wound {
        series,
        observed_at,
        site,
        wound_type,
        length_mm,
        width_mm,
        depth_mm,
        design_r,
        finding,
        treatment,
    } = wound;
    proto::Wound {
        series,
        observe_time: observed_at.and_then(convert::time),
        site: site.map(coding),
        r#type: wound_type,
        length_mm: length_mm.map_or(0, i32::from),
        width_mm: width_mm.map_or(0, i32::from),
        depth_mm: depth_mm.map_or(0, i32::from),
        design_r,
        finding,
        treatment,
    }
}
