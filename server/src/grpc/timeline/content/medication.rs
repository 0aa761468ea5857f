//! Drugs.

use renkei_domain::timeline::{Medication, MedicationEvent, MedicationItem};
use renkei_proto::v1 as proto;

use super::observation::{coding, quantity};
use super::parser::Parser;
use crate::grpc::convert;

pub(super) fn parse_medication(parser: &mut Parser<'_>, medication: &proto::Medication) -> Medication {
    let proto::Medication { event, items, effective_date, adherence, remark } = medication;
    let medication = Medication {
        event: parser.required_value("event", *event, convert::from_medication_event),
        items: parser.items("items", items, 100, parse_item),
        effective_date: parser.past_date("effective_date", *effective_date),
        adherence: parser.value("adherence", *adherence, convert::from_adherence),
        remark: parser.text("remark", remark),
    };
    if medication.event.is_some_and(MedicationEvent::wants_item) {
        parser.wants(!medication.items.is_empty(), "items", "must not be empty");
    }
    if medication.event == Some(MedicationEvent::Adherence) {
        let told = medication.adherence.is_some() || !medication.remark.is_empty();
        parser.wants(told, "adherence", "must be told, here or as a remark");
    }
    medication
}

fn parse_item(parser: &mut Parser<'_>, item: &proto::MedicationItem) -> MedicationItem {
    let proto::MedicationItem { name, code, dose, usage, days, quantity, as_needed, remark } = item;
    MedicationItem {
        name: parser.required_line("name", name),
        code: parser.coding("code", code.as_ref()),
        dose: parser.line("dose", dose),
        usage: parser.line("usage", usage),
        days: parser.number("days", *days, 999),
        quantity: parser.quantity("quantity", quantity.as_ref()),
        as_needed: *as_needed,
        remark: parser.line("remark", remark),
    }
}

pub(super) fn medication(medication: Medication) -> proto::Medication {
    let Medication { event, items, effective_date, adherence, remark } = medication;
    proto::Medication {
        event: event.map_or(0, convert::medication_event),
        items: items.into_iter().map(item).collect(),
        effective_date: effective_date.and_then(convert::date),
        adherence: adherence.map_or(0, convert::adherence),
        remark,
    }
}

fn item(item: MedicationItem) -> proto::MedicationItem {
    let MedicationItem { name, code, dose, usage, days, quantity: amount, as_needed, remark } = item;
    proto::MedicationItem {
        name,
        code: code.map(coding),
        dose,
        usage,
        days: days.map_or(0, i32::from),
        quantity: amount.map(quantity),
        as_needed,
        remark,
    }
}
