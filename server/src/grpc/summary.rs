//! `SummaryService`.

use renkei_domain::Result;
use renkei_domain::id::PatientId;
use renkei_domain::observed::Observed;
use renkei_proto::v1 as proto;
use renkei_proto::v1::summary_service_server::SummaryService;
use tonic::{Request, Response, Status};

use super::parse::Fields;
use super::status::to_status;
use super::timeline::content::observation::{coding, quantity};
use super::timeline::response::entry;
use super::{Services, caller, convert};
use crate::app::PageRequest;
use crate::app::summary::WantedObservations;

/// Codes that a list may be of.
const CODES: usize = 20;

#[tonic::async_trait]
impl SummaryService for Services {
    async fn get_patient_summary(
        &self,
        request: Request<proto::GetPatientSummaryRequest>,
    ) -> Result<Response<proto::GetPatientSummaryResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let mut fields = Fields::default();
        let patient = PatientId(fields.uuid("patient_id", &request.get_ref().patient_id));
        fields.finish(()).map_err(to_status)?;
        let found = self.app.patient_summary(&caller, patient).await.map_err(to_status)?;
        Ok(Response::new(proto::GetPatientSummaryResponse {
            problem_list: found.problem_list.map(entry),
            allergy_list: found.allergy_list.map(entry),
            medications: found.medications.into_iter().map(entry).collect(),
            last_observations: found.last_observations.into_iter().map(observed).collect(),
            open_questions: found.open_questions.into_iter().map(entry).collect(),
            care_plan: found.care_plan.map(entry),
        }))
    }

    async fn list_observations(
        &self,
        request: Request<proto::ListObservationsRequest>,
    ) -> Result<Response<proto::ListObservationsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, wanted, page) = parse(request.into_inner()).map_err(to_status)?;
        let found = self.app.list_observations(&caller, patient, wanted, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListObservationsResponse {
            observations: found.items.into_iter().map(observed).collect(),
            next_page_token: found.next_token,
        }))
    }
}

fn parse(request: proto::ListObservationsRequest) -> Result<(PatientId, WantedObservations, PageRequest)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    if request.codes.len() > CODES {
        fields.wrong("codes", "has too many items");
    }
    let codes = request.codes.iter().take(CODES).enumerate();
    let mut codes: Vec<String> =
        codes.map(|(i, code)| fields.line(&format!("codes[{i}]"), code, 1, 64)).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() < count {
        fields.wrong("codes", "must hold each code once");
    }
    let (from, until) = fields.period("period", request.period);
    let page = fields.page(request.page_size, request.page_token, 200, 1_000);
    fields.finish((patient, WantedObservations { codes, from, until }, page))
}

fn observed(observed: Observed) -> proto::ObservedValue {
    let measurement = observed.measurement;
    proto::ObservedValue {
        code: Some(coding(measurement.code)),
        value: measurement.value.map(quantity),
        text: measurement.text,
        low: measurement.low,
        high: measurement.high,
        interpretation: measurement.interpretation.map_or(0, convert::interpretation),
        observe_time: convert::time(observed.observed_at),
        entry_id: observed.entry.to_string(),
        author: convert::actor(observed.author),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    fn of(codes: &[&str]) -> proto::ListObservationsRequest {
        proto::ListObservationsRequest {
            patient_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            codes: codes.iter().map(|code| (*code).to_owned()).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn codes_are_named_once_in_any_order() {
        let (_, wanted, page) = taken(parse(of(&["8480-6", "2708-6"])));
        assert_eq!((wanted.codes, page.size), (vec!["2708-6".to_owned(), "8480-6".to_owned()], 200));
        assert_eq!(
            taken(parse(proto::ListObservationsRequest { page_size: 5_000, ..of(&[]) })).2.size,
            1_000
        );
        assert_eq!(violated(parse(of(&["a", " a"]))), ["codes"]);
        assert_eq!(violated(parse(of(&["a", ""]))), ["codes[1]"]);
        assert_eq!(violated(parse(of(&["a"; 21]))), ["codes", "codes"]);
        assert_eq!(violated(parse(of(&[&"1".repeat(65)]))), ["codes[0]"]);
        let wrong = proto::ListObservationsRequest { page_size: -1, ..Default::default() };
        assert_eq!(violated(parse(wrong)), ["patient_id", "page_size"]);
    }
}
