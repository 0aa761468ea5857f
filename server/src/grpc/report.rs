//! `ReportService`.

use renkei_domain::Result;
use renkei_domain::Timestamp;
use renkei_domain::id::OrganizationId;
use renkei_domain::identity::Organization;
use renkei_domain::usage::{LONGEST, Usage, Within};
use renkei_proto::v1 as proto;
use renkei_proto::v1::report_service_server::ReportService;
use tonic::{Request, Response, Status};

use super::parse::Fields;
use super::status::to_status;
use super::{Services, caller, convert};

#[tonic::async_trait]
impl ReportService for Services {
    async fn get_usage_report(
        &self,
        request: Request<proto::GetUsageReportRequest>,
    ) -> Result<Response<proto::GetUsageReportResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (of, within) = parse(request.get_ref()).map_err(to_status)?;
        let (organization, usage) = self.app.usage_report(&caller, of, within).await.map_err(to_status)?;
        Ok(Response::new(report(organization, within, usage)))
    }
}

fn parse(request: &proto::GetUsageReportRequest) -> Result<(Option<OrganizationId>, Within)> {
    let mut fields = Fields::default();
    let of = fields.optional_uuid("organization_id", &request.organization_id).map(OrganizationId);
    let (from, until) = fields.period("period", request.period);
    match (from, until) {
        (Some(from), Some(until)) if until > from.after(LONGEST) => {
            fields.wrong("period", "must be at most 366 days long");
        }
        (Some(_), Some(_)) => {}
        _ => fields.wrong("period", "must have both a start and an end"),
    }
    // what stands for a missing end is never looked at
    let within = Within { from: from.unwrap_or(Timestamp(0)), until: until.unwrap_or(Timestamp(0)) };
    fields.finish((of, within))
}

fn report(organization: Organization, within: Within, usage: Usage) -> proto::GetUsageReportResponse {
    let Usage { posts, reads, acknowledgements, active_people, patients, first_reads, asked, received } =
        usage;
    let seconds = |waited: std::time::Duration| i64::try_from(waited.as_secs()).unwrap_or(i64::MAX);
    let count = |(kind, count)| proto::KindCount { kind: convert::entry_kind(kind), count };
    proto::GetUsageReportResponse {
        organization_id: organization.id.to_string(),
        organization_name: organization.name,
        period: Some(proto::Period { start: convert::time(within.from), end: convert::time(within.until) }),
        posts: posts.into_iter().map(count).collect(),
        reads,
        acknowledgements,
        active_people,
        patients,
        posts_read_by_others: first_reads.count,
        median_seconds_to_first_read: seconds(first_reads.median),
        p90_seconds_to_first_read: seconds(first_reads.p90),
        questions_asked: asked.count,
        questions_asked_open: asked.open,
        questions_received: received.count,
        questions_received_open: received.open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    const DAY: i64 = 24 * 3600;

    fn of(start: Option<i64>, end: Option<i64>) -> proto::GetUsageReportRequest {
        let at = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
        let period = Some(proto::Period { start: start.map(at), end: end.map(at) });
        proto::GetUsageReportRequest { organization_id: String::new(), period }
    }

    #[test]
    fn a_period_has_both_ends_and_is_a_year_at_most() {
        let (own, within) = taken(parse(&of(Some(0), Some(366 * DAY))));
        assert_eq!((own, within.until), (None, Timestamp(366 * DAY * 1_000_000)));
        for wrong in [of(None, None), of(Some(0), None), of(None, Some(0)), of(Some(0), Some(366 * DAY + 1))]
        {
            assert_eq!(violated(parse(&wrong)), ["period"]);
        }
        assert_eq!(violated(parse(&of(Some(1), Some(1)))), ["period.end"]);
        assert_eq!(violated(parse(&proto::GetUsageReportRequest::default())), ["period"]);
        let nobody = proto::GetUsageReportRequest { organization_id: "1".into(), ..of(Some(0), Some(1)) };
        assert_eq!(violated(parse(&nobody)), ["organization_id"]);
    }
}
