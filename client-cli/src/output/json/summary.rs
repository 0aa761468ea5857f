//! Summaries, templates and reports.

use renkei_proto::v1;
use serde_json::{Value, json};

use crate::output::json::{Json, described};

impl Json for v1::ObservedValue {
    fn json(&self) -> Value {
        described("ObservedValue", self)
    }
}

impl Json for v1::EntryTemplate {
    fn json(&self) -> Value {
        described("EntryTemplate", self)
    }
}

impl Json for v1::GetUsageReportResponse {
    fn json(&self) -> Value {
        described("GetUsageReportResponse", self)
    }
}

impl Json for v1::GetPatientSummaryResponse {
    fn json(&self) -> Value {
        json!({
            "problem_list": self.problem_list.json(),
            "allergy_list": self.allergy_list.json(),
            "medications": self.medications.json(),
            "last_observations": self.last_observations.json(),
            "open_questions": self.open_questions.json(),
            "care_plan": self.care_plan.json(),
        })
    }
}
