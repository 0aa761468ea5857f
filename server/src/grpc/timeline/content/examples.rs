//! An example of every kind of entry that can be posted, with every field that it can have. People and facilities
//! are invented.

use renkei_domain::Timestamp;
use renkei_proto::v1 as proto;
use renkei_proto::v1::entry_content::Content as Sent;

/// The server's time when they are posted, each with a file: 2026-07-01 10:00 UTC.
pub(in crate::grpc) const NOW: Timestamp = Timestamp(1_782_900_000_000_000);

/// Of some kinds there are two, where one cannot have every field.
pub(in crate::grpc) fn examples() -> Vec<proto::EntryContent> {
    let measured = [note(), vital_signs(), medication(), laboratory_report()];
    let written = [nursing_instruction(), referral_letter(), admission_information(), discharge_summary()];
    let planned = [care_plan(), conference_minutes(), daily_life(), wound()];
    let rest = [message(), memo(), document(), problem_list(), allergy_list(), no_allergies()];
    let all = measured.into_iter().chain(written).chain(planned).chain(rest);
    all.map(|content| proto::EntryContent { content: Some(content) }).collect()
}

/// An hour and a half before [`NOW`].
fn earlier() -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: NOW.unix_seconds() - 5400, nanos: 250_000_000 })
}

fn date(year: i32, month: i32, day: i32) -> Option<proto::Date> {
    Some(proto::Date { year, month, day })
}

fn coding(system: &str, code: &str, display: &str) -> Option<proto::Coding> {
    Some(proto::Coding { system: system.into(), code: code.into(), display: display.into() })
}

fn quantity(value: &str, unit: &str) -> Option<proto::Quantity> {
    Some(proto::Quantity { value: value.into(), unit: unit.into() })
}

fn observation(code: &str, display: &str, value: &str, unit: &str) -> proto::Observation {
    proto::Observation { code: coding("http://loinc.org", code, display), value: quantity(value, unit) }
}

fn note() -> Sent {
    Sent::VisitNote(proto::VisitNote {
        subjective: "「よく眠れた」とのこと。\n娘さんより食事は半分ほど。".into(),
        objective: "仙骨部の発赤は消退。".into(),
        assessment: "褥瘡は改善傾向。".into(),
        plan: "体位変換を続ける。".into(),
        visit_time: earlier(),
        observations: vec![observation("8310-5", "体温", "36.50", "Cel")],
    })
}

fn vital_signs() -> Sent {
    Sent::VitalSigns(proto::VitalSigns {
        observations: vec![
            observation("8480-6", "収縮期血圧", "128", "mm[Hg]"),
            observation("59408-5", "SpO2", "96", "%"),
        ],
        measure_time: earlier(),
        remark: "座位、室内気。".into(),
    })
}

fn medication() -> Sent {
    Sent::Medication(proto::Medication {
        event: proto::MedicationEvent::Prescription as i32,
        items: vec![proto::MedicationItem {
            name: "アムロジピン錠5mg".into(),
            code: coding("urn:oid:1.2.392.200119.4.403.1", "2171022F2010", "アムロジピンベシル酸塩5mg錠"),
            dose: "1回1錠".into(),
            usage: "1日1回 朝食後".into(),
            days: 14,
            quantity: quantity("14", "{錠}"),
            as_needed: true,
            remark: "一包化".into(),
        }],
        effective_date: date(2026, 6, 30),
        adherence: proto::Adherence::Partial as i32,
        remark: "夕の飲み忘れが週に2回。".into(),
    })
}

fn laboratory_report() -> Sent {
    Sent::LaboratoryReport(proto::LaboratoryReport {
        results: vec![
            proto::LaboratoryResult {
                code: coding("urn:oid:1.2.392.200119.4.504", "3A015000002327101", "アルブミン"),
                value: quantity("3.10", "g/dL"),
                text: String::new(),
                low: "4.1".into(),
                high: "5.1".into(),
                interpretation: proto::Interpretation::Low as i32,
            },
            proto::LaboratoryResult {
                code: coding("urn:oid:1.2.392.200119.4.504", "1A020000000190111", "尿糖"),
                text: "(-)".into(),
                ..Default::default()
            },
        ],
        collection_time: earlier(),
        laboratory: "かえで臨床検査センター".into(),
        remark: "溶血なし。".into(),
    })
}

fn nursing_instruction() -> Sent {
    Sent::NursingInstruction(proto::NursingInstruction {
        r#type: proto::NursingInstructionType::Ordinary as i32,
        first_date: date(2026, 7, 1),
        last_date: date(2026, 12, 31),
        diagnosis: "脳梗塞後遺症".into(),
        condition: "右片麻痺。血圧は安定。".into(),
        medication: "アムロジピン 5mg 1日1回".into(),
        devices: "吸引器".into(),
        pressure_ulcer: "d2".into(),
        instruction: "仙骨部の処置と観察。".into(),
        rehabilitation: "関節可動域訓練 週2回".into(),
        emergency_contact: "みどり診療所 山田 (夜間 転送)".into(),
        station: "訪問看護ステーション さくら".into(),
    })
}

fn referral_letter() -> Sent {
    Sent::ReferralLetter(proto::ReferralLetter {
        recipient_organization: "中央みなと病院".into(),
        recipient: "循環器内科 外来担当医".into(),
        purpose: "心不全の精査をお願いします。".into(),
        diagnosis: "慢性心不全の疑い".into(),
        history: "高血圧症 (2010年頃から)。".into(),
        course: "6月中旬から下腿浮腫。BNP 312 pg/mL。".into(),
        treatment: "利尿薬を開始。".into(),
        medication: "フロセミド錠20mg 1日1回".into(),
        remark: "独居、娘さんが通いで介護。".into(),
    })
}

fn admission_information() -> Sent {
    Sent::AdmissionInformation(proto::AdmissionInformation {
        hospital: "中央みなと病院".into(),
        admission_time: earlier(),
        reason: "呼吸苦".into(),
        care_level: proto::CareLevel::Care3 as i32,
        living: "戸建て1階。キーパーソンは長女。".into(),
        adl: "移乗は一部介助。食事はきざみ食。".into(),
        medication: "一包化、長女が管理。".into(),
        wishes: "家に帰りたい。".into(),
        services: "訪問看護 週2回、通所介護 週1回".into(),
        remark: "退院前に福祉用具の見直しが要る。".into(),
    })
}

fn discharge_summary() -> Sent {
    Sent::DischargeSummary(proto::DischargeSummary {
        hospital: "中央みなと病院".into(),
        admission_date: date(2026, 6, 10),
        discharge_date: date(2026, 6, 28),
        diagnosis: "慢性心不全の急性増悪".into(),
        course: "酸素投与と利尿薬で軽快。".into(),
        condition: "室内気で SpO2 95%。".into(),
        medication: "フロセミド錠40mg 1日1回".into(),
        instruction: "塩分 6g、体重を毎日測る。".into(),
        follow_up: "7月14日 循環器内科".into(),
    })
}

fn care_plan() -> Sent {
    Sent::CarePlan(proto::CarePlan {
        care_level: proto::CareLevel::Support1 as i32,
        first_date: date(2026, 7, 1),
        last_date: date(2027, 6, 30),
        wishes: "住み慣れた家で暮らしたい。".into(),
        policy: "体調を見守り、外出の機会を保つ。".into(),
        goals: vec![proto::CareGoal {
            need: "転ばずに過ごしたい".into(),
            long_term: "近所まで歩ける".into(),
            short_term: "室内を杖で歩ける".into(),
        }],
        services: vec![proto::PlannedService {
            service: "訪問看護".into(),
            provider: "訪問看護ステーション さくら".into(),
            frequency: "週2回".into(),
            content: "体調の観察、処置".into(),
        }],
        change: "退院のため訪問看護を増やす。".into(),
    })
}

fn conference_minutes() -> Sent {
    Sent::ConferenceMinutes(proto::ConferenceMinutes {
        r#type: proto::ConferenceType::Service as i32,
        hold_time: earlier(),
        place: "ご自宅".into(),
        participants: vec!["ひだまり 鈴木 (ケアマネジャー)".into(), "さくら 佐藤 (看護師)".into()],
        agenda: "退院後の支援".into(),
        discussion: "夜間の見守りについて話した。".into(),
        conclusion: "訪問看護を週3回にする。".into(),
        open_issues: "福祉用具の選定。次回は8月。".into(),
    })
}

fn daily_life() -> Sent {
    let score = |item: proto::AdlItem, points| proto::AdlScore { item: item as i32, points };
    Sent::DailyLife(proto::DailyLife {
        assess_time: earlier(),
        scores: vec![score(proto::AdlItem::Feeding, 10), score(proto::AdlItem::Stairs, 0)],
        disability_level: proto::DisabilityLevel::B1 as i32,
        dementia_level: proto::DementiaLevel::Iia as i32,
        meals: "きざみ食、7割。".into(),
        excretion: "ポータブルトイレ。".into(),
        bathing: "週2回、通所で。".into(),
        sleep: "夜間に2回目覚める。".into(),
        mood: "穏やか。".into(),
        remark: "庭を見るのが楽しみ。".into(),
    })
}

fn wound() -> Sent {
    Sent::Wound(proto::Wound {
        series: "仙骨部".into(),
        observe_time: earlier(),
        site: coding("http://snomed.info/sct", "54735007", "仙骨"),
        r#type: "褥瘡".into(),
        length_mm: 32,
        width_mm: 21,
        depth_mm: 4,
        design_r: "D3-e3s6i0g3n0p0:12".into(),
        finding: "肉芽は良好、滲出液は少量。".into(),
        treatment: "洗浄後に軟膏、ガーゼ保護。".into(),
    })
}

fn message() -> Sent {
    Sent::Message(proto::Message {
        text: "眠前の薬を続けてよいでしょうか。".into(),
        intent: proto::MessageIntent::Question as i32,
    })
}

fn memo() -> Sent {
    Sent::Memo(proto::Memo { title: "駐車場所".into(), text: "訪問車は裏の空き地へ。".into() })
}

fn document() -> Sent {
    Sent::Document(proto::Document {
        title: "介護保険被保険者証".into(),
        r#type: coding("http://loinc.org", "64290-0", "保険証"),
        issue_date: date(2026, 4, 1),
        issuer: "みなと市".into(),
        remark: "表裏とも。".into(),
    })
}

fn problem_list() -> Sent {
    Sent::ProblemList(proto::ProblemList {
        problems: vec![proto::Problem {
            name: "高血圧症".into(),
            code: coding("http://hl7.org/fhir/sid/icd-10", "I10", "本態性高血圧"),
            onset: "2010年頃".into(),
            status: proto::ProblemStatus::Active as i32,
            remark: "家庭血圧は130台".into(),
        }],
        remark: "退院時に見直した。".into(),
    })
}

fn allergy_list() -> Sent {
    Sent::AllergyList(proto::AllergyList {
        allergies: vec![proto::Allergy {
            substance: "ペニシリン系".into(),
            code: coding("http://snomed.info/sct", "764146007", "ペニシリン"),
            reaction: "全身の発疹".into(),
            criticality: proto::AllergyCriticality::High as i32,
        }],
        none_known: false,
        remark: "長女より聴取。".into(),
    })
}

fn no_allergies() -> Sent {
    Sent::AllergyList(proto::AllergyList { none_known: true, ..Default::default() })
}
