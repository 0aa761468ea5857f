//! What is measured. Each part makes its own world, measures figure and limit side by side, and throws
//! everything away.

mod attachments;
mod audit;
mod growth;
mod inbox;
mod login;
mod memory;
mod post;
mod postgres;
mod read;
mod search;
mod start;
mod watch;

use std::time::Duration;

use anyhow::Result;
use futures::{FutureExt as _, future::LocalBoxFuture};

use crate::{load::Plan, report::Line};

/// A part of the benchmark.
pub(crate) struct Part {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it measures.
    pub(crate) what: &'static str,
    /// Whether `--short` runs it.
    pub(crate) short: bool,
    /// Measures it.
    pub(crate) run: for<'a> fn(&'a Context) -> LocalBoxFuture<'a, Result<Vec<Line>>>,
}

/// What every part is given.
pub(crate) struct Context {
    /// In small: few rounds, few clients.
    pub(crate) short: bool,
}

/// All parts, in the order in which they run.
pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "post",
        what: "visit notes of 1 KB into 50 patients",
        short: true,
        run: |context| post::run(context).boxed_local(),
    },
    Part {
        name: "read",
        what: "the latest 50 entries of a timeline, 16 clients",
        short: true,
        run: |context| read::run(context).boxed_local(),
    },
    Part {
        name: "watch",
        what: "from a post's start to its arrival at 1, 8 and 1,000 who watch the patient",
        short: true,
        run: |context| watch::run(context).boxed_local(),
    },
    Part {
        name: "attachments",
        what: "256 MB up and down, one file and four at once",
        short: true,
        run: |context| attachments::run(context).boxed_local(),
    },
    Part {
        name: "audit",
        what: "what the audit log adds to a post, and verifying 10^4, 10^5 and 10^6 events",
        short: false,
        run: |context| audit::run(context).boxed_local(),
    },
    Part {
        name: "login",
        what: "log-ins, and what others feel meanwhile",
        short: false,
        run: |context| login::run(context).boxed_local(),
    },
    Part {
        name: "inbox",
        what: "unread entries over 100 patients with 100,000 entries",
        short: true,
        run: |context| inbox::run(context).boxed_local(),
    },
    Part {
        name: "search",
        what: "words in the 10,000 entries of one patient",
        short: true,
        run: |context| search::run(context).boxed_local(),
    },
    Part {
        name: "start",
        what: "to the first answer, with an empty region and with 10^6 entries",
        short: false,
        run: |context| start::run(context).boxed_local(),
    },
    Part {
        name: "memory",
        what: "idle, with 1,000 idle watchers, and after an hour's load",
        short: false,
        run: |context| memory::run(context).boxed_local(),
    },
    Part {
        name: "growth",
        what: "post, read and inbox with 10^3, 10^5 and 10^6 entries, and 10^5 patients",
        short: false,
        run: |context| growth::run(context).boxed_local(),
    },
    Part {
        name: "postgres",
        what: "post and read on one and on two servers with one PostgreSQL",
        short: false,
        run: |context| postgres::run(context).boxed_local(),
    },
];

impl Context {
    /// How long a figure is measured.
    pub(crate) fn plan(&self) -> Plan {
        match self.short {
            false => Plan { warm_up: Duration::from_secs(1), round: Duration::from_secs(1), rounds: 5 },
            true => {
                Plan { warm_up: Duration::from_millis(300), round: Duration::from_millis(400), rounds: 3 }
            }
        }
    }

    /// Says on standard error what is being done.
    pub(crate) fn say(&self, what: &str) {
        eprintln!("   {what}");
    }
}
