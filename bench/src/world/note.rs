//! What is posted: visit notes of 1 KB.

use renkei_proto::v1::{EntryContent, PostEntryRequest, VisitNote, entry_content};

use super::new_id;

/// How many bytes of text a note has, over its four parts, in UTF-8.
pub(crate) const NOTE_BYTES: usize = 1024;

/// A visit note in the SOAP form with invented content and [`NOTE_BYTES`] of text; the number makes it
/// different from others.
pub(crate) fn note(number: u64) -> EntryContent {
    let (systolic, pulse) = (112 + number % 31, 62 + number % 23);
    let subjective = format!(
        "「夜は三回ほど目が覚めるが、痛みは前より軽い」と話す。食事は朝夕とも八割ほど、水分は一日に一リットル弱。\
         長女は夜間の体位変換に慣れてきたと言う。訪問番号{number:012}。"
    );
    let objective = format!(
        "血圧{systolic:03}/68、脈拍{pulse:02}、体温36.4、酸素飽和度97。仙骨部の創は縦二センチ横一センチ、滲出液は少なく臭気はない。\
         両下腿に軽い浮腫がある。服薬の残りは数どおりで、飲み忘れはない。"
    );
    let assessment =
        "創は縮小の傾向にあり、感染の徴候はない。浮腫は前回と変わらず、心不全の増悪はうかがえない。\
                      介護者の負担は軽くなっている。"
            .to_owned();
    let mut plan =
        "除圧と体位変換を続け、創の処置は一日一回とする。利尿薬は今の量のまま、体重を毎朝測ってもらう。\
                    次の訪問は三日後、変化があればすぐに連絡するよう家族に伝えた。次回は薬剤師が同行し、残薬を確かめる。\
                    家族には、夜間の連絡先を書いて渡した。"
            .to_owned();
    // Characters take one byte or three: the end is filled up with those that fit exactly.
    let so_far = subjective.len() + objective.len() + assessment.len() + plan.len();
    let missing = NOTE_BYTES.saturating_sub(so_far);
    plan.push_str(&"。".repeat(missing / 3));
    plan.push_str(&".".repeat(missing % 3));
    let note = VisitNote { subjective, objective, assessment, plan, ..Default::default() };
    EntryContent { content: Some(entry_content::Content::VisitNote(note)) }
}

/// A request to post it, with new ids.
pub(crate) fn posting(patient_id: &str, content: EntryContent) -> PostEntryRequest {
    PostEntryRequest {
        request_id: new_id(),
        patient_id: patient_id.to_owned(),
        entry_id: new_id(),
        content: Some(content),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_has_the_bytes_it_says() {
        for number in [0, 1, 999_999, 123_456_789_012] {
            let Some(entry_content::Content::VisitNote(note)) = note(number).content else { panic!() };
            let VisitNote { subjective, objective, assessment, plan, .. } = &note;
            let texts = [subjective, objective, assessment, plan];
            assert_eq!(texts.iter().map(|text| text.len()).sum::<usize>(), NOTE_BYTES);
            assert!(!plan.contains("。。。。。。"), "hardly anything is filling: {plan}");
        }
    }
}
