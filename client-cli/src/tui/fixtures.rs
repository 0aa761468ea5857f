//! An invented ward for the tests of the screen.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use renkei_proto::v1::{
    Actor, AttachmentSummary, Category, Date, Demographics, Entry, EntryContent, InboxView, Message, Patient,
    Role, VisitNote, entry_content::Content,
};

use crate::{
    output::time,
    text::{Language, Texts},
    tui::{
        event::{Answer, Effect, Event, Watched},
        state::{Place, State},
        update::{begin, update},
        view::{Look, draw, theme::Theme},
    },
};

pub(super) const YAMAMOTO: &str = "0197f0a0-0000-7000-8000-000000000001";
pub(super) const KATO: &str = "0197f0a0-0000-7000-8000-000000000002";

/// A screen in its terminal.
pub(super) struct Stage {
    pub(super) state: State,
    pub(super) now: Instant,
    texts: Texts,
    terminal: Terminal<TestBackend>,
}

impl Stage {
    /// Just started.
    pub(super) fn new(language: Language, columns: u16, rows: u16) -> Self {
        let place = Place { login_name: "hanako".into(), server: "renkei.example:7443".into() };
        let now = Instant::now();
        let mut state = State::new(place, Duration::from_secs(600), now);
        begin(&mut state);
        let terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        Self { state, now, texts: Texts::new(language), terminal }
    }

    /// With patients, connected, and what is unread.
    pub(super) fn at_work(language: Language, columns: u16, rows: u16) -> Self {
        let mut stage = Self::new(language, columns, rows);
        stage.answer(Answer::Watch(Watched::Online));
        stage.answer(Answer::Patients { entries: patients(), next: String::new(), round: 0 });
        let unread = entries().into_iter().filter(|entry| !entry.read).collect();
        stage.inbox(InboxView::Unread, unread);
        stage
    }

    /// With the first patient open.
    pub(super) fn reading(language: Language, columns: u16, rows: u16) -> Self {
        let mut stage = Self::at_work(language, columns, rows);
        stage.press(KeyCode::Enter);
        stage.answer(page(entries(), ""));
        stage.draw();
        stage
    }

    pub(super) fn inbox(&mut self, view: InboxView, entries: Vec<Entry>) {
        let round = self.state.list.round;
        self.answer(Answer::Inbox { view, entries, next: String::new(), round });
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        update(&mut self.state, Event::Answer(answer))
    }

    pub(super) fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.press_with(code, KeyModifiers::NONE)
    }

    pub(super) fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        update(&mut self.state, Event::Key(KeyEvent::new(code, modifiers), self.now))
    }

    pub(super) fn key(&mut self, c: char) -> Vec<Effect> {
        self.press(KeyCode::Char(c))
    }

    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.key(c);
        }
    }

    /// So many seconds later.
    pub(super) fn tick(&mut self, seconds: u64) -> Vec<Effect> {
        self.now += Duration::from_secs(seconds);
        update(&mut self.state, Event::Tick(self.now))
    }

    /// What is on the screen, a line of text a row, and where the cursor is.
    pub(super) fn draw(&mut self) -> String {
        let look = Look { texts: &self.texts, theme: Theme { colours: true } };
        let frame = self.terminal.draw(|frame| draw(frame, &mut self.state, look)).unwrap();
        let mut picture = rows(frame.buffer).join("\n");
        if self.terminal.backend().cursor_visible() {
            let at = self.terminal.backend().cursor_position();
            picture.push_str(&format!("\ncursor: column {}, row {}", at.x, at.y));
        }
        picture
    }
}

/// The rows as a terminal shows them: a wide character takes the cell after it too.
fn rows(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let row = |y| {
        let (mut row, mut x) = (String::new(), 0);
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(crate::output::width::width(symbol)).unwrap().max(1);
        }
        assert_eq!(x, area.width, "a wide character is cut in half at the edge: {row}");
        row.trim_end().to_owned()
    };
    (0..area.height).map(row).collect()
}

pub(super) fn patients() -> Vec<Patient> {
    let patient = |id: &str, name: &str, kana: &str, number: &str, year| Patient {
        patient_id: id.into(),
        demographics: Some(Demographics {
            name: name.into(),
            name_kana: kana.into(),
            birth_date: Some(Date { year, month: 5, day: 5 }),
            local_identifier: number.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    vec![
        patient(YAMAMOTO, "山本 ふじ", "ヤマモト フジ", "10023", 1936),
        patient(KATO, "加藤 重右衛門", "カトウ ジュウエモン", "10044", 1941),
        patient("0197f0a0-0000-7000-8000-000000000003", "安部 みさを", "アベ ミサヲ", "10051", 1929),
    ]
}

fn actor(name: &str, role: Role, organization: &str) -> Option<Actor> {
    Some(Actor {
        person_name: name.into(),
        role: role.into(),
        organization_name: organization.into(),
        ..Default::default()
    })
}

pub(super) fn message(seq: i64, text: &str) -> Entry {
    Entry {
        patient_id: YAMAMOTO.into(),
        entry_id: format!("id-{seq}"),
        seq,
        category: Category::Message.into(),
        author: actor("佐藤 純子", Role::Nurse, "ひまわり訪問看護ステーション"),
        // Read and shown in the local zone, wherever the tests run.
        post_time: Some(time::parse(&format!("2026-07-0{} 09:{:02}", 1 + seq / 3, seq)).unwrap()),
        content: Some(EntryContent {
            content: Some(Content::Message(Message { text: text.into(), ..Default::default() })),
        }),
        read: true,
        ..Default::default()
    }
}

/// A few entries of [`YAMAMOTO`], and one of [`KATO`].
pub(super) fn entries() -> Vec<Entry> {
    let note = VisitNote {
        subjective: "「夜はよく眠れた」と話される。".into(),
        objective: "仙骨部の発赤は消退した。滲出液なし。".into(),
        assessment: "褥瘡は改善傾向。".into(),
        plan: "除圧を続け、木曜日に再評価する。".into(),
        ..Default::default()
    };
    vec![
        message(1, "退院後の初回訪問を木曜日に行います。ご家族へは連絡済みです。"),
        Entry {
            category: Category::VisitNote.into(),
            content: Some(EntryContent { content: Some(Content::VisitNote(note)) }),
            attachments: vec![AttachmentSummary {
                attachment_id: "0197f0a0-0000-7000-8000-0000000000aa".into(),
                file_name: "創部写真.jpg".into(),
                content_type: "image/jpeg".into(),
                size: 48_211,
                ..Default::default()
            }],
            ..message(2, "")
        },
        Entry {
            author: actor("田中 一郎", Role::Doctor, "みどり診療所"),
            urgent: true,
            read: false,
            ..message(3, "37.8℃の発熱があれば、すぐに電話で知らせてください。")
        },
        Entry {
            reply_to_entry_id: "id-3".into(),
            read: false,
            ..message(4, "承知しました。本日16時に再度検温し、ｶﾞｰｾﾞ交換のあとで報告します。")
        },
        Entry {
            patient_id: KATO.into(), read: false, ..message(9, "残薬の確認をお願いします。")
        },
    ]
}

/// The entries of [`YAMAMOTO`] among these as the first page.
pub(super) fn page(entries: Vec<Entry>, next: &str) -> Answer {
    let entries = entries.into_iter().filter(|entry| entry.patient_id == YAMAMOTO).collect();
    Answer::Entries { patient_id: YAMAMOTO.into(), entries, next: next.into(), is_first: true }
}
