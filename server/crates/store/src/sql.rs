//! One macro for a named statement, one for running it on whichever engine the connection is of.

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

pub(crate) use {run, statements};

#[cfg(test)]
#[path = "sql_tests.rs"]
mod tests;
