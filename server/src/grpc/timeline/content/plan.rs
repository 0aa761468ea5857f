//! Care plans and minutes of conferences.

use renkei_domain::timeline::{CareGoal, CarePlan, ConferenceMinutes, PlannedService};
use renkei_proto::v1 as proto;

use super::parser::Parser;
use crate::grpc::convert;

pub(super) fn parse_care_plan(parser: &mut Parser<'_>, plan: &proto::CarePlan) -> CarePlan {
    let proto::CarePlan { care_level, first_date, last_date, wishes, policy, goals, services, change } = plan;
    let plan = CarePlan {
        care_level: parser.value("care_level", *care_level, convert::from_care_level),
        first_date: parser.date("first_date", *first_date),
        last_date: parser.date("last_date", *last_date),
        wishes: parser.text("wishes", wishes),
        policy: parser.text("policy", policy),
        goals: parser.items("goals", goals, 50, parse_goal),
        services: parser.items("services", services, 50, parse_service),
        change: parser.text("change", change),
    };
    parser.in_order(plan.first_date, "last_date", plan.last_date);
    let planned = !plan.policy.is_empty() || !plan.goals.is_empty() || !plan.services.is_empty();
    parser.wants(planned, "", "must have a policy, a goal or a service");
    plan
}

fn parse_goal(parser: &mut Parser<'_>, goal: &proto::CareGoal) -> CareGoal {
    let proto::CareGoal { need, long_term, short_term } = goal;
    CareGoal {
        need: parser.required_text("need", need),
        long_term: parser.text("long_term", long_term),
        short_term: parser.text("short_term", short_term),
    }
}

fn parse_service(parser: &mut Parser<'_>, service: &proto::PlannedService) -> PlannedService {
    let proto::PlannedService { service, provider, frequency, content } = service;
    PlannedService {
        service: parser.required_line("service", service),
        provider: parser.line("provider", provider),
        frequency: parser.line("frequency", frequency),
        content: parser.text("content", content),
    }
}

pub(super) fn care_plan(plan: CarePlan) -> proto::CarePlan {
    let CarePlan { care_level, first_date, last_date, wishes, policy, goals, services, change } = plan;
    proto::CarePlan {
        care_level: care_level.map_or(0, convert::care_level),
        first_date: first_date.and_then(convert::date),
        last_date: last_date.and_then(convert::date),
        wishes,
        policy,
        goals: goals.into_iter().map(goal).collect(),
        services: services.into_iter().map(service).collect(),
        change,
    }
}

fn goal(goal: CareGoal) -> proto::CareGoal {
    let CareGoal { need, long_term, short_term } = goal;
    proto::CareGoal { need, long_term, short_term }
}

fn service(service: PlannedService) -> proto::PlannedService {
    let PlannedService { service, provider, frequency, content } = service;
    proto::PlannedService { service, provider, frequency, content }
}

pub(super) fn parse_conference_minutes(
    parser: &mut Parser<'_>,
    minutes: &proto::ConferenceMinutes,
) -> ConferenceMinutes {
    let proto::ConferenceMinutes {
        r#type,
        hold_time,
        place,
        participants,
        agenda,
        discussion,
        conclusion,
        open_issues,
    } = minutes;
    ConferenceMinutes {
        conference_type: parser.required_value("type", *r#type, convert::from_conference_type),
        held_at: parser.required_past("hold_time", *hold_time),
        place: parser.line("place", place),
        participants: parser
            .items("participants", participants, 50, |parser, name| parser.required_line("", name)),
        agenda: parser.text("agenda", agenda),
        discussion: parser.text("discussion", discussion),
        conclusion: parser.required_text("conclusion", conclusion),
        open_issues: parser.text("open_issues", open_issues),
    }
}

pub(super) fn conference_minutes(minutes: ConferenceMinutes) -> proto::ConferenceMinutes {
    let ConferenceMinutes {
        conference_type,
        held_at,
        place,
        participants,
        agenda,
        discussion,
        conclusion,
        open_issues,
    } = minutes;
    proto::ConferenceMinutes {
        r#type: conference_type.map_or(0, convert::conference_type),
        hold_time: held_at.and_then(convert::time),
        place,
        participants,
        agenda,
        discussion,
        conclusion,
        open_issues,
    }
}
