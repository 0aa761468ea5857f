//! What the server tells the care team: each thing once, under who did it, to whoever sees anything.

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{
    BreakGlassVerdict, Category, ConsentForm, EntryContent, Notice, NoticeKind, PostEntryRequest,
    ReviewBreakGlassRequest, WatchResponse, WithdrawnPart, entry_content::Content, watch_response::Event,
};
use renkei_tests::database::Engine;
use tonic::Streaming;

use super::{Invited, Removed};
use crate::{
    calls::{author, notices},
    circle::Circle,
    refusal::expect_invalid,
    region::{form_all, form_organizations, new_id, notice_of, posting},
    side_doors::{next, started, watch},
};

crate::on_both_engines!(each_thing_is_told_once_to_all_but_its_author);

/// The next notices of a stream, up to and with this kind.
async fn told(stream: &mut Streaming<WatchResponse>, last: NoticeKind) -> Result<Vec<NoticeKind>> {
    let mut kinds = Vec::new();
    while kinds.last() != Some(&last) {
        match next(stream).await?? {
            Event::Entry(event) => {
                let entry = event.entry.context("entry")?;
                kinds.extend(notice_of(&entry).map(Notice::kind));
            }
            other => bail!("{other:?}"),
        }
    }
    Ok(kinds)
}

async fn each_thing_is_told_once_to_all_but_its_author(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let (manager, pharmacist) = (&circle.manager.session, circle.region.pharmacist("nagai").await?.session);
    // The nurse sees one category: that is enough to be told of everything. The manager sees nothing.
    let few = ConsentForm { categories: vec![Category::Medication.into()], ..form_organizations(&[nurse]) };
    let opening = doctor.consent(patient, few).await?;
    let mut stream = watch(nurse, patient, None).await?;
    started(&mut stream).await?;
    let before = doctor.all_entries(patient).await?.len();

    let pharmacy = || pharmacist.organization();
    let consent = doctor.consent(patient, form_organizations(&[&pharmacist])).await?;
    let request = doctor.amendment(patient, &consent, 1, form_organizations(&[&pharmacist])).await?;
    doctor.consents.clone().amend_consent(request).await?;
    let part = WithdrawnPart { categories: vec![Category::Nursing.into()], ..Default::default() };
    doctor.withdraw(patient, &consent, Some(part)).await?;
    doctor.withdraw(patient, &consent, None).await?;
    doctor.invite(patient, Invited::OrganizationId(pharmacy())).await?;
    pharmacist.answer(patient, false, false).await?;
    doctor.invite(patient, Invited::OrganizationId(pharmacy())).await?;
    pharmacist.answer(patient, true, false).await?;
    pharmacist.leave(patient, false).await?;
    doctor.invite(patient, Invited::OrganizationId(pharmacy())).await?;
    doctor.remove(patient, Removed::OrganizationId(pharmacy()), "宛先の間違い").await?;
    doctor.offer(patient, nurse.organization()).await?;
    doctor.offer(patient, String::new()).await?;
    doctor.offer(patient, nurse.organization()).await?;
    nurse.answer_offer(patient, false, "").await?;
    let access = nurse.break_glass(patient).await?.into_inner().access.context("access")?;
    let review = ReviewBreakGlassRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        break_glass_id: access.break_glass_id.clone(),
        verdict: BreakGlassVerdict::Justified.into(),
        text: String::new(),
    };
    doctor.consents.clone().review_break_glass(review).await?;
    doctor.offer(patient, nurse.organization()).await?;
    nurse.answer_offer(patient, true, "").await?;

    use NoticeKind as Kind;
    let (of_doctor, of_nurse, of_pharmacist) = (doctor.person(), nurse.person(), pharmacist.person());
    let (by_doctor, by_nurse, by_pharmacist) = (&of_doctor, &of_nurse, &of_pharmacist);
    let wanted = [
        (by_doctor, Kind::ConsentRecorded),
        (by_doctor, Kind::ConsentAmended),
        (by_doctor, Kind::ConsentWithdrawnInPart),
        (by_doctor, Kind::ConsentWithdrawn),
        (by_doctor, Kind::MemberInvited),
        (by_pharmacist, Kind::MemberDeclined),
        (by_doctor, Kind::MemberInvited),
        (by_pharmacist, Kind::MemberJoined),
        (by_pharmacist, Kind::MemberLeft),
        (by_doctor, Kind::MemberInvited),
        (by_doctor, Kind::MemberRemoved),
        (by_doctor, Kind::CustodianOffered),
        (by_doctor, Kind::CustodianOfferEnded),
        (by_doctor, Kind::CustodianOffered),
        (by_nurse, Kind::CustodianOfferEnded),
        (by_nurse, Kind::BreakGlass),
        (by_doctor, Kind::BreakGlassReviewed),
        (by_doctor, Kind::CustodianOffered),
        (by_nurse, Kind::CustodianChanged),
    ];
    let all = nurse.all_entries(patient).await?;
    let seen: Vec<_> = notices(&all[before..]).into_iter().map(|(author, it)| (author, it.kind())).collect();
    ensure!(seen.iter().map(|(author, kind)| (author, *kind)).eq(wanted), "{seen:?}");
    ensure!(all[before..].iter().all(|it| it.category() == Category::Notice), "{all:?}");
    let urgent: Vec<_> = all.iter().filter(|it| it.urgent).filter_map(notice_of).map(Notice::kind).collect();
    ensure!(urgent == [Kind::BreakGlass], "urgent: {urgent:?}");
    let streamed = told(&mut stream, Kind::CustodianChanged).await?;
    ensure!(streamed.iter().copied().eq(wanted.map(|(_, kind)| kind)), "{streamed:?}");
    let inbox = nurse.inbox().await?;
    ensure!(inbox.iter().all(|it| author(it) != nurse.person()), "one's own in the inbox");
    let unread = inbox.iter().filter(|it| it.seq > before as i64).filter_map(notice_of).count();
    ensure!(unread == wanted.len() - 3, "{unread} in the inbox of the nurse");
    for session in [manager, &pharmacist] {
        session.expect_nothing(patient).await?;
    }

    // Only the server posts them; and an answer to one is a message.
    let notice = Content::Notice(Notice { kind: Kind::BreakGlass.into(), ..Default::default() });
    let content = Some(EntryContent { content: Some(notice) });
    let forged = PostEntryRequest { content, ..posting(patient, "") };
    expect_invalid(nurse.timeline.clone().post_entry(forged).await, "content")?;
    let forged =
        PostEntryRequest { category: Category::Notice.into(), ..posting(patient, "偽のお知らせ") };
    expect_invalid(nurse.timeline.clone().post_entry(forged).await, "category")?;
    let reply = PostEntryRequest {
        reply_to_entry_id: all.last().context("a notice")?.entry_id.clone(),
        ..posting(patient, "承知しました")
    };
    let reply = nurse.timeline.clone().post_entry(reply).await?.into_inner().entry.context("entry")?;
    ensure!(reply.category() == Category::Message, "{reply:?}");

    // Who comes to see something later finds what was told before, too.
    nurse.withdraw(patient, &opening, None).await?;
    nurse.consent(patient, form_all()).await?;
    let told = manager.all_entries(patient).await?;
    ensure!(notices(&told).len() == before + wanted.len() + 2, "{} notices", notices(&told).len());
    Ok(())
}
