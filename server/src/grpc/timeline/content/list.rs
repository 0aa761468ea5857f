//! Lists of problems and allergies, and documents.

use renkei_domain::timeline::{Allergy, AllergyList, Document, Problem, ProblemList};
use renkei_proto::v1 as proto;

use super::observation::coding;
use super::parser::Parser;
use crate::grpc::convert;

/// Items of one list.
const MAX_ITEMS: usize = 100;

pub(super) fn parse_problem_list(parser: &mut Parser<'_>, list: &proto::ProblemList) -> ProblemList {
    let proto::ProblemList { problems, remark } = list;
    ProblemList {
        problems: parser.required_items("problems", problems, MAX_ITEMS, parse_problem),
        remark: parser.text("remark", remark),
    }
}

fn parse_problem(parser: &mut Parser<'_>, problem: &proto::Problem) -> Problem {
    let proto::Problem { name, code, onset, status, remark } = problem;
    Problem {
        name: parser.required_line("name", name),
        code: parser.coding("code", code.as_ref()),
        onset: parser.line("onset", onset),
        status: parser.value("status", *status, convert::from_problem_status),
        remark: parser.line("remark", remark),
    }
}

pub(super) fn problem_list(list: ProblemList) -> proto::ProblemList {
    let ProblemList { problems, remark } = list;
    proto::ProblemList { problems: problems.into_iter().map(problem).collect(), remark }
}

fn problem(problem: Problem) -> proto::Problem {
    let Problem { name, code, onset, status, remark } = problem;
    let status = status.map_or(0, convert::problem_status);
    proto::Problem { name, code: code.map(coding), onset, status, remark }
}

pub(super) fn parse_allergy_list(parser: &mut Parser<'_>, list: &proto::AllergyList) -> AllergyList {
    let proto::AllergyList { allergies, none_known, remark } = list;
    let list = AllergyList {
        allergies: parser.items("allergies", allergies, MAX_ITEMS, parse_allergy),
        none_known: *none_known,
        remark: parser.text("remark", remark),
    };
    match (list.allergies.is_empty(), list.none_known) {
        (true, false) => parser.wants(false, "allergies", "must not be empty unless none is known"),
        (false, true) => parser.wrong("none_known", "must not be set where there are allergies"),
        (true, true) | (false, false) => {}
    }
    list
}

fn parse_allergy(parser: &mut Parser<'_>, allergy: &proto::Allergy) -> Allergy {
    let proto::Allergy { substance, code, reaction, criticality } = allergy;
    Allergy {
        substance: parser.required_line("substance", substance),
        code: parser.coding("code", code.as_ref()),
        reaction: parser.line("reaction", reaction),
        criticality: parser.value("criticality", *criticality, convert::from_allergy_criticality),
    }
}

pub(super) fn allergy_list(list: AllergyList) -> proto::AllergyList {
    let AllergyList { allergies, none_known, remark } = list;
    proto::AllergyList { allergies: allergies.into_iter().map(allergy).collect(), none_known, remark }
}

fn allergy(allergy: Allergy) -> proto::Allergy {
    let Allergy { substance, code, reaction, criticality } = allergy;
    let criticality = criticality.map_or(0, convert::allergy_criticality);
    proto::Allergy { substance, code: code.map(coding), reaction, criticality }
}

pub(super) fn parse_document(parser: &mut Parser<'_>, document: &proto::Document) -> Document {
    let proto::Document { title, r#type, issue_date, issuer, remark } = document;
    parser.wants_file();
    Document {
        title: parser.required_line("title", title),
        document_type: parser.coding("type", r#type.as_ref()),
        issue_date: parser.date("issue_date", *issue_date),
        issuer: parser.line("issuer", issuer),
        remark: parser.text("remark", remark),
    }
}

pub(super) fn document(document: Document) -> proto::Document {
    let Document { title, document_type, issue_date, issuer, remark } = document;
    proto::Document {
        title,
        r#type: document_type.map(coding),
        issue_date: issue_date.and_then(convert::date),
        issuer,
        remark,
    }
}
