//! To the hospital and back: referral letter, information on admission, the hospital's papers and summary, the
//! conference before the discharge.

use std::fs;

use anyhow::{Result, ensure};

use super::{
    LOCAL_ID, Posting,
    moment::{ago, day},
};
use crate::{
    day::{
        cast::{CARE_MANAGER, DOCTOR, NURSE, PHARMACIST, SOCIAL_WORKER, THERAPIST, person},
        stage::{Stage, field, list, text_of},
    },
    fixtures,
};

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "六日目：入院。医師が紹介状を、ケアマネジャーが入院時情報提供書をその日のうちに送る",
        "Day 6, to the hospital: the doctor's referral letter, and the care manager's information on admission",
    );
    let posting = |author, reader| Posting { patient, number: LOCAL_ID, author, reader };
    let hospital = person(SOCIAL_WORKER).organization;
    let letter = [
        &format!("recipient_organization={hospital}"),
        "recipient=循環器内科",
        "purpose=心不全の増悪。入院での加療をお願いします。",
        "diagnosis=慢性心不全の急性増悪、2型糖尿病",
        "medication=フロセミド20mg、エナラプリル5mg",
    ];
    let entry = posting(DOCTOR, SOCIAL_WORKER).post(stage, "referral_letter", &letter)?;
    ensure!(entry["content"]["referral_letter"]["recipient_organization"] == hospital, "{entry}");
    ensure!(entry["category"] == "referral", "{entry}");
    let information = [
        &format!("hospital={hospital}"),
        &format!("admission_time={}", ago(1, 6)),
        "care_level=care_3",
        "living=一人暮らし。長女が近くに住み、毎日来る。",
        "wishes=早く家に戻りたい。",
    ];
    let entry = posting(CARE_MANAGER, SOCIAL_WORKER).post(stage, "admission_information", &information)?;
    ensure!(entry["content"]["admission_information"]["care_level"] == "care_3", "{entry}");
    back(stage, patient)
}

fn back(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "七日目：病院が文書・退院時カンファレンスの会議録・退院時サマリーを共有する",
        "Day 7, and back: the hospital shares a paper, the minutes of the conference and the discharge summary",
    );
    let hospital = person(SOCIAL_WORKER).organization;
    let author = Posting { patient, number: LOCAL_ID, author: SOCIAL_WORKER, reader: NURSE };
    let paper = text_of(&stage.files.paper)?;
    let fields = ["title=退院時の栄養指導", &format!("issuer={hospital}"), &format!("issue_date={}", day(1))];
    let entry = author.post_with(stage, "document", &fields, &["--attach", &paper])?;
    ensure!(entry["attachments"][0]["content_type"] == "application/pdf", "{entry}");
    let target = stage.server.folder().join("document.pdf");
    let file = field(&entry["attachments"][0], "attachment_id")?;
    stage.show(NURSE, &["attachment", "download", LOCAL_ID, &file, "-o", &text_of(&target)?])?;
    ensure!(fs::read(&target)? == fixtures::PAPER, "the document is not what was sent");

    let participants: Vec<String> = [SOCIAL_WORKER, DOCTOR, NURSE, CARE_MANAGER, THERAPIST]
        .map(|login| format!("participant={} {}", person(login).organization, person(login).name))
        .into();
    let held = format!("hold_time={}", ago(0, 3));
    let mut minutes =
        vec!["type=discharge", &held, "conclusion=本日退院。体重は毎朝、訪問看護は週3回に増やす。"];
    minutes.extend(participants.iter().map(String::as_str));
    let entry = Posting { reader: THERAPIST, ..author }.post(stage, "conference_minutes", &minutes)?;
    let told = &entry["content"]["conference_minutes"];
    ensure!(
        list(&told["participants"])?.len() == participants.len() && told["type"] == "discharge",
        "{entry}"
    );

    let summary = [
        &format!("hospital={hospital}"),
        &format!("admission_date={}", day(1)),
        &format!("discharge_date={}", day(0)),
        "diagnosis=慢性心不全の急性増悪",
        "course=利尿薬の静注で改善。体重47.5kg。",
        "instruction=塩分は一日6g未満。体重が49kgを超えたら連絡。",
        "follow_up=二週間後に循環器内科",
    ];
    let entry = Posting { reader: PHARMACIST, ..author }.post(stage, "discharge_summary", &summary)?;
    ensure!(entry["content"]["discharge_summary"]["hospital"] == hospital, "{entry}");
    stage.fact(
        "病院と在宅のチームが、同じタイムラインで申し送りをした",
        "The hospital and the team at home handed over in one timeline",
    );
    Ok(())
}
