//! What one facility writes to another: referral, admission, discharge.

use jiff::civil::Date;

use super::CareLevel;
use super::stored::stored;
use super::texts::Texts;
use crate::time::Timestamp;

stored! {
    /// 紹介状.
    pub struct ReferralLetter {
        /// 紹介先医療機関. Empty in a template only.
        pub recipient_organization: String,
        /// 紹介先 担当医 or department.
        pub recipient: String,
        /// 紹介目的. Empty in a template only.
        pub purpose: String,
        /// 傷病名. Empty in a template only.
        pub diagnosis: String,
        /// 既往歴・家族歴.
        pub history: String,
        /// 症状経過・検査結果.
        pub course: String,
        /// 治療経過.
        pub treatment: String,
        /// 現在の処方.
        pub medication: String,
        /// 備考.
        pub remark: String,
    }

    /// 入院時情報提供書.
    pub struct AdmissionInformation {
        /// 入院先. Empty in a template only.
        pub hospital: String,
        /// 入院日時.
        pub admitted_at: Option<Timestamp>,
        /// 入院の理由.
        pub reason: String,
        /// 要介護状態区分.
        pub care_level: Option<CareLevel>,
        /// 生活の状況.
        pub living: String,
        /// ADL, 食事, 排泄, 口腔, 認知.
        pub adl: String,
        /// 内服薬と管理.
        pub medication: String,
        /// 本人・家族の意向.
        pub wishes: String,
        /// 利用中のサービス.
        pub services: String,
        /// 退院に向けて, その他.
        pub remark: String,
    }

    /// 退院時サマリー.
    pub struct DischargeSummary {
        /// 入院していた医療機関. Empty in a template only.
        pub hospital: String,
        /// 入院日.
        pub admission_date: Option<Date>,
        /// 退院日. Absent in a template only.
        pub discharge_date: Option<Date>,
        /// 診断名. Empty in a template only.
        pub diagnosis: String,
        /// 入院中の経過.
        pub course: String,
        /// 退院時の状態.
        pub condition: String,
        /// 退院時処方.
        pub medication: String,
        /// 退院後の方針・注意.
        pub instruction: String,
        /// 次回受診.
        pub follow_up: String,
    }
}

impl ReferralLetter {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            recipient_organization,
            recipient,
            purpose,
            diagnosis,
            history,
            course,
            treatment,
            medication,
            remark,
        } = self;
        texts.add("referral_letter.recipient_organization", recipient_organization);
        texts.add("referral_letter.recipient", recipient);
        texts.add("referral_letter.purpose", purpose);
        texts.add("referral_letter.diagnosis", diagnosis);
        texts.add("referral_letter.history", history);
        texts.add("referral_letter.course", course);
        texts.add("referral_letter.treatment", treatment);
        texts.add("referral_letter.medication", medication);
        texts.add("referral_letter.remark", remark);
    }
}

impl AdmissionInformation {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            hospital,
            admitted_at: _,
            reason,
            care_level: _,
            living,
            adl,
            medication,
            wishes,
            services,
            remark,
        } = self;
        texts.add("admission_information.hospital", hospital);
        texts.add("admission_information.reason", reason);
        texts.add("admission_information.living", living);
        texts.add("admission_information.adl", adl);
        texts.add("admission_information.medication", medication);
        texts.add("admission_information.wishes", wishes);
        texts.add("admission_information.services", services);
        texts.add("admission_information.remark", remark);
    }
}

impl DischargeSummary {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self {
            hospital,
            admission_date: _,
            discharge_date: _,
            diagnosis,
            course,
            condition,
            medication,
            instruction,
            follow_up,
        } = self;
        texts.add("discharge_summary.hospital", hospital);
        texts.add("discharge_summary.diagnosis", diagnosis);
        texts.add("discharge_summary.course", course);
        texts.add("discharge_summary.condition", condition);
        texts.add("discharge_summary.medication", medication);
        texts.add("discharge_summary.instruction", instruction);
        texts.add("discharge_summary.follow_up", follow_up);
    }
}
