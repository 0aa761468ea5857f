//! Which entries of a patient are shown: those that all flags agree to.

use clap::Args;
use renkei_proto::v1::{Category, EntryFilter, EntryKind, Period};

use crate::{
    command::resolve,
    connection::Connection,
    error::{Error, Result},
    output::{
        label::{parser_of, values},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Filter {
    #[arg(long, value_parser = parser_of::<EntryKind>(values()))]
    kind: Vec<EntryKind>,
    #[arg(long, value_parser = parser_of::<Category>(values()))]
    category: Vec<Category>,
    #[arg(long, value_name = "PERSON")]
    author: Option<String>,
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[arg(long)]
    unread: bool,
    #[arg(long)]
    with_attachments: bool,
    #[arg(long)]
    since_last_visit: bool,
    #[arg(long)]
    current: bool,
}

impl Filter {
    /// Says no to what does not read, before anything is asked.
    pub(crate) fn check(&self) -> Result<()> {
        self.period().map(drop)
    }

    /// What the server is asked for; `None`: everything.
    pub(crate) async fn resolve(&self, connection: &Connection) -> Result<Option<EntryFilter>> {
        let period = self.period()?;
        let filter = EntryFilter {
            kinds: self.kind.iter().map(|kind| (*kind).into()).collect(),
            categories: self.category.iter().map(|category| (*category).into()).collect(),
            author_person_id: match &self.author {
                Some(person) => resolve::person(connection, person).await?,
                None => String::new(),
            },
            author_organization_id: match &self.organization {
                Some(organization) => resolve::organization(connection, organization).await?,
                None => String::new(),
            },
            period,
            unread: self.unread,
            with_attachments: self.with_attachments,
            since_own_last_visit: self.since_last_visit,
            current: self.current,
        };
        Ok((filter != EntryFilter::default()).then_some(filter))
    }

    /// `--to` with a day alone means the end of that day.
    fn period(&self) -> Result<Option<Period>> {
        let start = self.from.as_deref().map(time::parse).transpose()?;
        let end = self.to.as_deref().map(time::parse_end).transpose()?;
        let instant = |moment: &Option<_>| moment.as_ref().and_then(time::instant);
        if let (Some(from), Some(to)) = (instant(&start), instant(&end))
            && from >= to
        {
            return Err(Error::usage(msg!("error-period")));
        }
        Ok((start.is_some() || end.is_some()).then_some(Period { start, end }))
    }
}
