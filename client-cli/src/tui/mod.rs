//! The full-screen client: `renkei` alone in a terminal. Keys, answers and time are events; [`update`] turns each into
//! the next state and into what is wanted; [`view`] draws the state; [`tasks`] do what is wanted. The screen is drawn
//! before anything is asked, and no key waits for a call.

use std::time::{Duration, Instant, SystemTime};

use crossterm::event::{Event as Input, EventStream, KeyEventKind};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use tokio_stream::StreamExt as _;

use crate::{
    command::{self, Context},
    connection::Connection,
    error::{Error, Exit, Result},
    interrupt,
    output::{
        colours_wanted,
        line::{Line, Style},
        note,
    },
    profile::Enrollment,
    tell,
    text::msg,
    tui::{
        event::{Answer, Effect, Event},
        keep::Kept,
        state::{Place, State},
        tasks::Tasks,
        terminal::Screen,
        view::{Look, theme::Theme},
    },
};

mod compose;
mod event;
mod files;
#[cfg(test)]
mod fixtures;
mod fold;
mod keep;
mod list;
mod sheet;
mod signals;
mod state;
mod tasks;
pub(crate) mod terminal;
mod timeline;
mod update;
mod view;
mod watch;

/// Runs until the person ends it. `lock_after`: how long no key may be pressed.
pub(crate) async fn run(context: &Context<'_>, lock_after: Duration) -> Result<()> {
    let enrollment = context.profile.enrollment()?;
    let (place, has_app) = (place(&enrollment), enrollment.totp);
    let state = State::new(place, lock_after, Instant::now());
    let mut state = Kept::new(state, &context.profile, context.texts.language());
    let look = Look { texts: context.texts, theme: Theme { colours: colours_wanted() } };
    let signals = signals::Signals::listen()?;
    let mut screen = Screen::open()?;
    screen.draw(|frame| view::draw(frame, &mut state, look))?;

    let (answers, receive) = mpsc::unbounded_channel();
    let tasks =
        Tasks::new(Connection::open(&context.profile)?, &context.profile, context.texts.language(), answers);
    let clock = Clock::start();
    let mut client = Client { clock, context, look, state, screen, tasks, receive, has_app };
    let ended = tokio::select! {
        ended = client.run() => ended,
        () = signals.received() => Err(Error::interrupted()),
    };
    let Client { mut state, screen, mut tasks, .. } = client;
    drop(screen);
    tasks.stop();
    // Who leaves by a key was asked about them.
    if ended.is_err() {
        state.keep();
    }
    for outgoing in &state.outgoing {
        context.note(&msg!("draft-kept", draft = outgoing.draft.id));
    }
    match state.alarm.take() {
        Some(alarm) => ended.and(Err(alarm)),
        None => ended,
    }
}

fn place(enrollment: &Enrollment) -> Place {
    let server = enrollment.server.trim_start_matches("https://").to_owned();
    Place { login_name: enrollment.login_name.clone(), server }
}

struct Client<'a> {
    clock: Clock,
    context: &'a Context<'a>,
    look: Look<'a>,
    state: Kept,
    screen: Screen,
    tasks: Tasks,
    receive: mpsc::UnboundedReceiver<Answer>,
    /// The person logs in with an authenticator app.
    has_app: bool,
}

impl Client<'_> {
    async fn run(&mut self) -> Result<()> {
        let mut wanted = update::begin(&mut self.state);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut keys = EventStream::new();
            // Until something else gets the terminal, and with it the keys.
            loop {
                if let Some(lent) = self.perform(std::mem::take(&mut wanted)).await? {
                    drop(keys);
                    let answer = match lent {
                        Lent::Quit => return Ok(()),
                        Lent::LogIn => self.log_in().await?,
                        Lent::Form(patient_id, corrects) => {
                            self.form(&patient_id, corrects.as_deref()).await?
                        }
                    };
                    // Nobody knows who came back from the editor after so long.
                    wanted = update::returned(&mut self.state, self.clock.now());
                    let answered =
                        answer.map(|answer| update::update(&mut self.state, Event::Answer(answer)));
                    wanted.extend(answered.unwrap_or_default());
                    break;
                }
                self.draw()?;
                let event = tokio::select! {
                    key = keys.next() => match key {
                        Some(Ok(input)) => event_of(input, self.clock.now()),
                        // The terminal is gone.
                        Some(Err(_)) | None => return Err(Error::interrupted()),
                    },
                    answer = self.receive.recv() => answer.map(Event::Answer),
                    _ = tick.tick() => Some(Event::Tick(self.clock.now())),
                };
                wanted.extend(event.map(|event| update::update(&mut self.state, event)).unwrap_or_default());
                // What has come already is drawn at once.
                while let Ok(answer) = self.receive.try_recv() {
                    wanted.extend(update::update(&mut self.state, Event::Answer(answer)));
                }
                self.tasks.reap();
            }
        }
    }

    fn draw(&mut self) -> Result<()> {
        let (state, look) = (&mut self.state, self.look);
        self.screen.draw(|frame| view::draw(frame, state, look))
    }

    /// Does what is wanted. What wants the terminal for itself is returned.
    async fn perform(&mut self, wanted: Vec<Effect>) -> Result<Option<Lent>> {
        for effect in wanted {
            match effect {
                Effect::Quit => return Ok(Some(Lent::Quit)),
                Effect::LogIn => return Ok(Some(Lent::LogIn)),
                Effect::Form { patient_id, corrects } => return Ok(Some(Lent::Form(patient_id, corrects))),
                Effect::Redraw => self.screen.redraw()?,
                Effect::Stop => self.tasks.stop(),
                Effect::Lock => {
                    self.tasks.stop();
                    // Before the network is asked to do anything.
                    self.draw()?;
                    command::lock::quietly(self.context).await?;
                }
                effect => self.tasks.begin(effect),
            }
        }
        Ok(None)
    }

    /// `renkei login`, on the terminal without the screen.
    async fn log_in(&mut self) -> Result<Option<Answer>> {
        let _suspend = interrupt::Suspend::new();
        self.tasks.stop();
        self.screen.lend()?;
        let had_app = self.context.profile.session().ok().flatten().is_some_and(|session| session.totp);
        let words: &[&str] = if self.has_app || had_app { &["login", "--totp"] } else { &["login"] };
        let done = command::within(self.context, words).await;
        // What was under way in the session before says nothing of the next one.
        while let Ok(answer) = self.receive.try_recv() {
            update::update(&mut self.state, Event::Answer(answer));
        }
        let answer = match done {
            Ok(()) => {
                self.tasks.reconnect(Connection::open(&self.context.profile)?);
                Some(Answer::LoggedIn)
            }
            Err(error) => self.told(&error).await,
        };
        // The password was a sign of life.
        self.state.touched = self.clock.now();
        self.screen.resume()?;
        Ok(answer)
    }

    /// `renkei post`, or `renkei entry correct`, with the form in the editor.
    async fn form(&mut self, patient_id: &str, corrects: Option<&str>) -> Result<Option<Answer>> {
        let _suspend = interrupt::Suspend::new();
        self.screen.lend()?;
        let words = match corrects {
            Some(entry_id) => vec!["entry", "correct", patient_id, entry_id],
            None => vec!["post", patient_id],
        };
        let answer = match command::within(self.context, &words).await {
            Ok(()) => Some(Answer::Returned),
            Err(error) => self.told(&error).await,
        };
        self.screen.resume()?;
        Ok(answer)
    }

    /// Shows an error where the command would, until the person has seen it.
    async fn told(&self, error: &Error) -> Option<Answer> {
        if error.exit() != Exit::Interrupted {
            tell(self.context.texts, error);
            note(&Line::styled(Style::Strong, self.context.texts.get("tui-press-enter")));
            let line = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
            let _ = line.await;
        }
        None
    }
}

/// Who gets the terminal.
enum Lent {
    Quit,
    LogIn,
    Form(String, Option<String>),
}

fn event_of(input: Input, now: Instant) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key, now)),
        Input::Paste(text) => Some(Event::Paste(text, now)),
        // Another size is drawn with the next picture.
        _ => None,
    }
}

/// Time that goes on while the computer sleeps: a lid that was shut for an hour locks the screen.
struct Clock {
    begun: Instant,
    begun_at: SystemTime,
}

impl Clock {
    fn start() -> Self {
        Self { begun: Instant::now(), begun_at: SystemTime::now() }
    }

    fn now(&self) -> Instant {
        let by_the_wall = self.begun_at.elapsed().unwrap_or_default();
        self.begun + by_the_wall.max(self.begun.elapsed())
    }
}

const TICK: Duration = Duration::from_secs(1);
