//! Care plans, and the conferences that they come from.

use jiff::civil::Date;

use super::stored::stored;
use super::texts::Texts;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// 要介護状態区分.
    pub enum CareLevel {
        /// 非該当.
        NotEligible = "NOT_ELIGIBLE",
        /// 要支援1.
        Support1 = "SUPPORT_1",
        /// 要支援2.
        Support2 = "SUPPORT_2",
        /// 要介護1.
        Care1 = "CARE_1",
        /// 要介護2.
        Care2 = "CARE_2",
        /// 要介護3.
        Care3 = "CARE_3",
        /// 要介護4.
        Care4 = "CARE_4",
        /// 要介護5.
        Care5 = "CARE_5",
        /// 申請中.
        Pending = "PENDING",
    }
}

text_enum! {
    /// Which conference.
    pub enum ConferenceType {
        /// サービス担当者会議.
        Service = "SERVICE",
        /// 退院時カンファレンス.
        Discharge = "DISCHARGE",
        /// その他.
        Other = "OTHER",
    }
}

stored! {
    /// ケアプラン (居宅サービス計画).
    pub struct CarePlan {
        /// 要介護状態区分.
        pub care_level: Option<CareLevel>,
        /// 計画期間 from.
        pub first_date: Option<Date>,
        /// To, including it.
        pub last_date: Option<Date>,
        /// 利用者及び家族の生活に対する意向.
        pub wishes: String,
        /// 総合的な援助の方針.
        pub policy: String,
        /// 生活全般の解決すべき課題 with their goals.
        pub goals: Vec<CareGoal>,
        /// サービス内容.
        pub services: Vec<PlannedService>,
        /// 変更点 and why.
        pub change: String,
    }

    /// What is to be reached (FHIR R4 `Goal`).
    pub struct CareGoal {
        /// 課題.
        pub need: String,
        /// 長期目標.
        pub long_term: String,
        /// 短期目標.
        pub short_term: String,
    }

    /// What somebody does for it.
    pub struct PlannedService {
        /// サービス種別.
        pub service: String,
        /// 事業所.
        pub provider: String,
        /// 頻度.
        pub frequency: String,
        /// サービス内容.
        pub content: String,
    }

    /// 会議録.
    pub struct ConferenceMinutes {
        /// Which conference. Absent in a template only.
        pub conference_type: Option<ConferenceType>,
        /// 開催日時. Absent in a template only.
        pub held_at: Option<Timestamp>,
        /// 開催場所.
        pub place: String,
        /// 出席者.
        pub participants: Vec<String>,
        /// 検討した項目.
        pub agenda: String,
        /// 検討内容.
        pub discussion: String,
        /// 結論. Empty in a template only.
        pub conclusion: String,
        /// 残された課題, next meeting.
        pub open_issues: String,
    }
}

impl CarePlan {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { care_level: _, first_date: _, last_date: _, wishes, policy, goals, services, change } =
            self;
        texts.add("care_plan.wishes", wishes);
        texts.add("care_plan.policy", policy);
        for CareGoal { need, long_term, short_term } in goals {
            texts.add("care_plan.goals.need", need);
            texts.add("care_plan.goals.long_term", long_term);
            texts.add("care_plan.goals.short_term", short_term);
        }
        for PlannedService { service, provider, frequency, content } in services {
            texts.add("care_plan.services.service", service);
            texts.add("care_plan.services.provider", provider);
            texts.add("care_plan.services.frequency", frequency);
            texts.add("care_plan.services.content", content);
        }
        texts.add("care_plan.change", change);
    }
}

impl ConferenceMinutes {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            conference_type: _,
            held_at: _,
            place,
            participants,
            agenda,
            discussion,
            conclusion,
            open_issues,
        } = self;
        texts.add("conference_minutes.place", place);
        for participant in participants {
            texts.add("conference_minutes.participants", participant);
        }
        texts.add("conference_minutes.agenda", agenda);
        texts.add("conference_minutes.discussion", discussion);
        texts.add("conference_minutes.conclusion", conclusion);
        texts.add("conference_minutes.open_issues", open_issues);
    }
}
