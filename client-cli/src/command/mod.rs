//! The commands: a noun is a folder, a verb a file. A verb's file holds its arguments and what it does.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use renkei_proto::v1::{ErrorReason, StepUpRequest, auth_service_client::AuthServiceClient, step_up_request};
use tonic::{Request, Response, Status, transport::Channel};
use uuid::Uuid;

use crate::{
    connection::Connection,
    error::Result,
    input::{self, Second},
    output::{
        Format, Output,
        line::{Line, Style},
        note,
    },
    profile::{Home, Profile},
    tell,
    text::{Message, Texts, msg},
    tui, witness,
};

/// The verbs of a noun: a subcommand per module, each with `Arguments` and `run`.
macro_rules! verbs {
    ($($name:ident => $module:ident),* $(,)?) => {
        #[derive(Debug, clap::Args)]
        pub(crate) struct Arguments {
            #[command(subcommand)]
            verb: Verb,
        }

        #[derive(Debug, clap::Subcommand)]
        enum Verb {
            $($name($module::Arguments),)*
        }

        pub(crate) async fn run(
            arguments: Arguments,
            context: &$crate::command::Context<'_>,
        ) -> $crate::error::Result<()> {
            match arguments.verb {
                $(Verb::$name(arguments) => $module::run(arguments, context).await,)*
            }
        }
    };
}
mod access;
mod affiliation;
mod attachment;
mod audit;
mod care_team;
mod completions;
mod consent;
mod device;
mod enrollment_code;
mod entry;
mod files;
mod inbox;
pub(crate) mod lock;
mod login;
mod logout;
mod man;
mod observation;
mod organization;
pub(crate) mod outbox;
mod pages;
mod password;
mod patient;
mod person;
pub(crate) mod post;
pub(crate) mod printed;
mod profile;
mod provision;
mod report;
pub(crate) mod resolve;
mod search;
mod service;
mod session;
mod template;
pub(crate) mod timeline;
mod totp;
pub(crate) mod watch;
mod whoami;
mod within;
mod written;

pub(crate) use self::within::within;

#[derive(Debug, Parser)]
#[command(name = "renkei", version, propagate_version = false, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    global: Global,
    #[arg(long, env = "RENKEI_LOCK_AFTER", default_value_t = 10, value_name = "MINUTES", value_parser = lock::minutes())]
    lock_after: u64,
    #[command(subcommand)]
    command: Option<Noun>,
}

#[derive(Debug, Args)]
struct Global {
    #[arg(long, global = true, env = "RENKEI_PROFILE", default_value = "default", value_name = "NAME")]
    profile: String,
    #[arg(long, global = true, env = "RENKEI_OUTPUT", default_value = "human")]
    output: Format,
    #[arg(long, global = true, env = "RENKEI_LANG", value_parser = ["ja", "en"])]
    lang: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Noun {
    Device(device::Arguments),
    Login(login::Arguments),
    Logout,
    Lock,
    Whoami,
    Session(session::Arguments),
    Password(password::Arguments),
    Totp(totp::Arguments),
    Organization(organization::Arguments),
    Person(person::Arguments),
    Affiliation(affiliation::Arguments),
    EnrollmentCode(enrollment_code::Arguments),
    Service(service::Arguments),
    Patient(patient::Arguments),
    CareTeam(care_team::Arguments),
    Consent(Box<consent::Arguments>),
    Access(access::Arguments),
    Post(Box<post::Arguments>),
    Entry(Box<entry::Arguments>),
    Outbox(outbox::Arguments),
    Template(template::Arguments),
    Timeline(timeline::Arguments),
    Observation(observation::Arguments),
    Search(search::Arguments),
    Inbox(inbox::Arguments),
    Watch(watch::Arguments),
    Attachment(attachment::Arguments),
    Audit(audit::Arguments),
    Provision(provision::Arguments),
    Report(report::Arguments),
    Profile(profile::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Noun {
    /// Whether it acts in a session, and does not look at the audit log by itself.
    fn acts(&self) -> bool {
        !matches!(
            self,
            Self::Device(_)
                | Self::Service(_)
                | Self::Login(_)
                | Self::Logout
                | Self::Totp(_)
                | Self::Audit(_)
                | Self::Profile(_)
                | Self::Completions(_)
                | Self::Man(_)
        )
    }
}

/// What every command needs: the words, the output, and the profile.
pub(crate) struct Context<'a> {
    pub(crate) texts: &'a Texts,
    pub(crate) out: Output,
    pub(crate) home: Home,
    pub(crate) profile: Profile,
}

impl Context<'_> {
    pub(crate) fn connection(&self) -> Result<Connection> {
        Connection::open(&self.profile)
    }

    /// Calls for a dangerous act: gives the password again if the server asks for it, and calls again.
    async fn call_dangerous<Req: Clone, Res>(
        &self,
        connection: &Connection,
        password: &PasswordSource,
        message: Req,
        rpc: impl AsyncFn(Channel, Request<Req>) -> Result<Response<Res>, Status>,
    ) -> Result<Res> {
        match connection.call(message.clone(), &rpc).await {
            Err(error) if error.is(ErrorReason::StepUpRequired) => {}
            answered => return answered,
        }
        self.note(&msg!("note-step-up"));
        let given = input::password(self.texts, password.password_file.as_deref(), false).await?;
        self.step_up(connection, password, &given).await?;
        connection.call(message, rpc).await
    }

    /// Calls with a message that holds the password: in a session of an authenticator app the server asks for a code
    /// besides, and the call is made again.
    async fn call_with_password<Req: Clone, Res>(
        &self,
        connection: &Connection,
        (source, password): (&PasswordSource, &str),
        message: Req,
        rpc: impl AsyncFn(Channel, Request<Req>) -> Result<Response<Res>, Status>,
    ) -> Result<Res> {
        match connection.call(message.clone(), &rpc).await {
            Err(error) if error.is(ErrorReason::StepUpRequired) => {}
            answered => return answered,
        }
        self.step_up(connection, source, password).await?;
        connection.call(message, rpc).await
    }

    /// Gives the password again, and a code where the session began with one.
    async fn step_up(&self, connection: &Connection, source: &PasswordSource, password: &str) -> Result<()> {
        let second = match self.profile.session()?.is_some_and(|session| session.totp) {
            false => None,
            true => Some(match input::second(self.texts, source.totp_code_file.as_deref()).await? {
                Second::Code(code) => step_up_request::Second::TotpCode(code),
                Second::Recovery(code) => step_up_request::Second::RecoveryCode(code),
            }),
        };
        let step_up = StepUpRequest { password: password.to_owned(), second };
        connection
            .call(step_up, async |channel, request| AuthServiceClient::new(channel).step_up(request).await)
            .await
            .map(drop)
    }

    /// Tells the person something that is not data.
    pub(crate) fn note(&self, message: &Message) {
        if !self.out.is_quiet() {
            self.texts.format(message).lines().for_each(|line| note(&Line::styled(Style::Faint, line)));
        }
    }

    /// A line of human output.
    pub(crate) fn line(&self, message: &Message) -> Line {
        Line::plain(self.texts.format(message))
    }
}

pub(crate) async fn run(arguments: Arguments, texts: &Texts) -> Result<()> {
    let Arguments { global, lock_after, command } = arguments;
    let home = Home::find()?;
    let profile = home.profile(&global.profile)?;
    let context = &Context { texts, out: Output::new(global.output), home, profile };
    let Some(command) = command else {
        return tui::run(context, Duration::from_secs(lock_after * 60)).await;
    };
    // care goes on, whatever is wrong with the log: it is said at once, and the exit code says it at the end
    let acts = command.acts();
    let look = async {
        if !acts {
            return None;
        }
        match witness::look_if_due(&context.profile).await {
            Ok(unseen) => {
                unseen.inspect(|unseen| context.note(unseen));
                None
            }
            Err(alarm) => Some(alarm).inspect(|alarm| tell(texts, alarm)),
        }
    };
    let (alarm, result) = tokio::join!(look, perform(command, context));
    match alarm {
        Some(alarm) => result.and(Err(alarm.told())),
        None => result,
    }
}

async fn perform(command: Noun, context: &Context<'_>) -> Result<()> {
    match command {
        Noun::Device(arguments) => device::run(arguments, context).await,
        Noun::Login(arguments) => login::run(arguments, context).await,
        Noun::Logout => logout::run(context).await,
        Noun::Lock => lock::run(context).await,
        Noun::Whoami => whoami::run(context).await,
        Noun::Session(arguments) => session::run(arguments, context).await,
        Noun::Password(arguments) => password::run(arguments, context).await,
        Noun::Totp(arguments) => totp::run(arguments, context).await,
        Noun::Organization(arguments) => organization::run(arguments, context).await,
        Noun::Person(arguments) => person::run(arguments, context).await,
        Noun::Affiliation(arguments) => affiliation::run(arguments, context).await,
        Noun::EnrollmentCode(arguments) => enrollment_code::run(arguments, context).await,
        Noun::Service(arguments) => service::run(arguments, context).await,
        Noun::Patient(arguments) => patient::run(arguments, context).await,
        Noun::CareTeam(arguments) => care_team::run(arguments, context).await,
        Noun::Consent(arguments) => consent::run(*arguments, context).await,
        Noun::Access(arguments) => access::run(arguments, context).await,
        Noun::Post(arguments) => post::run(*arguments, context).await,
        Noun::Entry(arguments) => entry::run(*arguments, context).await,
        Noun::Outbox(arguments) => outbox::run(arguments, context).await,
        Noun::Template(arguments) => template::run(arguments, context).await,
        Noun::Timeline(arguments) => timeline::run(arguments, context).await,
        Noun::Observation(arguments) => observation::run(arguments, context).await,
        Noun::Search(arguments) => search::run(arguments, context).await,
        Noun::Inbox(arguments) => inbox::run(arguments, context).await,
        Noun::Watch(arguments) => watch::run(arguments, context).await,
        Noun::Attachment(arguments) => attachment::run(arguments, context).await,
        Noun::Audit(arguments) => audit::run(arguments, context).await,
        Noun::Provision(arguments) => provision::run(arguments, context).await,
        Noun::Report(arguments) => report::run(arguments, context).await,
        Noun::Profile(arguments) => profile::run(arguments, context).await,
        Noun::Completions(arguments) => completions::run(arguments, context),
        Noun::Man(arguments) => man::run(arguments, context),
    }
}

/// The flags of what is asked for again: a file each, or `-`.
#[derive(Debug, Args)]
struct PasswordSource {
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    totp_code_file: Option<PathBuf>,
}

/// An id that a request keeps over all its tries.
fn new_id() -> String {
    Uuid::new_v4().to_string()
}
