//! One macro for a named statement, one for running it on whichever engine the connection is of.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::engine::Driver;
use crate::{Conn, StoreError};

/// A statement that tests prepare on both engines. Made by [`statements`] only.
#[derive(Clone, Copy)]
pub(crate) struct Sql(&'static str);

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self(text)
    }

    pub(crate) const fn text(self) -> &'static str {
        self.0
    }
}

/// Names the statements of a module, and lists them in `STATEMENTS` for the test that prepares them.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$meta])* const $name: $crate::sql::Sql = $crate::sql::Sql::new($sql);)+
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, $crate::sql::Sql)] = &[$((stringify!($name), $name)),+];
    };
}

/// Runs a statement: `run!(conn, STATEMENT, bind, …)` for the number of rows it changed,
/// `run!(conn, all Row: STATEMENT, bind, …)`, `one` or `optional` for rows. Written once, expanded for
/// both drivers.
macro_rules! run {
    ($conn:expr, all $row:ty: $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::run!(@rows $conn, fetch_all, $row, $sql $(, $bind)*)
    };
    ($conn:expr, one $row:ty: $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::run!(@rows $conn, fetch_one, $row, $sql $(, $bind)*)
    };
    ($conn:expr, optional $row:ty: $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::run!(@rows $conn, fetch_optional, $row, $sql $(, $bind)*)
    };
    (@rows $conn:expr, $fetch:ident, $row:ty, $sql:expr $(, $bind:expr)*) => {
        {
            let result = match $crate::engine::Conn::driver($conn)? {
                $crate::engine::Driver::Sqlite(c) => {
                    sqlx::query_as::<_, $row>($sql.text())$(.bind($bind))*.$fetch(c).await
                }
                $crate::engine::Driver::Postgres(c) => {
                    sqlx::query_as::<_, $row>($sql.text())$(.bind($bind))*.$fetch(c).await
                }
            };
            $crate::engine::Conn::checked($conn, result)
        }
    };
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        {
            let result = match $crate::engine::Conn::driver($conn)? {
                $crate::engine::Driver::Sqlite(c) => {
                    sqlx::query($sql.text())$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())
                }
                $crate::engine::Driver::Postgres(c) => {
                    sqlx::query($sql.text())$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())
                }
            };
            $crate::engine::Conn::checked($conn, result)
        }
    };
}

/// A value to bind, where the statement is put together at run time.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Id(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<Cow<'static, str>>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! values_from {
    ($($from:ty => |$value:ident| $into:expr;)+) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $into
            }
        })+
    };
}

values_from! {
    Uuid => |id| Self::Id(Some(id));
    Option<Uuid> => |id| Self::Id(id);
    i64 => |int| Self::Int(Some(int));
    Option<i64> => |int| Self::Int(int);
    &'static str => |text| Self::Text(Some(text.into()));
    Option<&'static str> => |text| Self::Text(text.map(Into::into));
    String => |text| Self::Text(Some(text.into()));
    Vec<u8> => |bytes| Self::Bytes(Some(bytes));
    Option<Vec<u8>> => |bytes| Self::Bytes(bytes);
}

/// `values![a, b]`: anything that can be bound.
macro_rules! values {
    ($($value:expr),+ $(,)?) => { vec![$($crate::sql::Value::from($value)),+] };
}

pub(crate) use {run, statements, values};

/// Runs a statement with values that were put together at run time, for rows of two numbers or none.
pub(crate) async fn run_values(
    conn: &mut Conn,
    text: &'static str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<(i64, i64)>, StoreError> {
    macro_rules! bound {
        ($conn:expr) => {{
            let query = values.into_iter().fold(sqlx::query_as(text), |query, value| match value {
                Value::Id(id) => query.bind(id),
                Value::Int(int) => query.bind(int),
                Value::Text(text) => query.bind(text),
                Value::Bytes(bytes) => query.bind(bytes),
            });
            query.fetch_all($conn).await
        }};
    }
    let result = match conn.driver()? {
        Driver::Sqlite(conn) => bound!(conn),
        Driver::Postgres(conn) => bound!(conn),
    };
    conn.checked(result)
}

/// A statement that is run for many items at once: on SQLite it stands as often behind itself, with other binds.
/// Its last bind is the number of the item, which its rows begin with; each item gives one row or none.
pub(crate) struct Repeated {
    sql: Sql,
    binds: usize,
    times: Mutex<BTreeMap<usize, &'static str>>,
}

impl Repeated {
    pub(crate) const fn new(sql: Sql, binds: usize) -> Self {
        Self { sql, binds, times: Mutex::new(BTreeMap::new()) }
    }

    /// Runs it for each of `items`: the number behind the item's in its row, if it gave one.
    pub(crate) async fn run(
        &self,
        conn: &mut Conn,
        items: Vec<Vec<Value>>,
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let text = self.text(items.len());
        let mut found = vec![None; items.len()];
        let values = (0..).zip(items).flat_map(|(number, values)| {
            debug_assert_eq!(values.len() + 1, self.binds);
            values.into_iter().chain([Value::from(number)])
        });
        for (number, value) in run_values(conn, text, values).await? {
            let item = usize::try_from(number).ok().and_then(|number| found.get_mut(number));
            *item.ok_or(StoreError::Corrupt("the number of an item"))? = Some(value);
        }
        Ok(found)
    }

    /// The text for so many items. The texts are few, and kept as long as the program runs.
    fn text(&self, times: usize) -> &'static str {
        if times == 1 {
            return self.sql.text();
        }
        let mut known = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(times).or_insert_with(|| {
            let texts: Vec<String> = (0..times).map(|n| shifted(self.sql.text(), n * self.binds)).collect();
            Box::leak(texts.join("; ").into_boxed_str())
        })
    }
}

/// The statement with other numbers of its binds.
fn shifted(sql: &str, by: usize) -> String {
    let mut parts = sql.split('$');
    let mut shifted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let number: usize = part[..end].parse().unwrap_or_default();
        shifted.push_str(&format!("${}{}", number + by, &part[end..]));
    }
    shifted
}

#[cfg(test)]
#[path = "sql_tests.rs"]
mod tests;
