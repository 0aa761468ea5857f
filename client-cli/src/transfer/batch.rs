//! Several files at once. One that fails does not stop the others.

use std::panic::resume_unwind;

use tokio::task::JoinSet;

use crate::error::{Exit, Result};

/// Runs the jobs, a few at a time, and hands each result with the job's number to `done` as it comes; an error
/// of `done` ends it all. After a failure that every other job would meet too, no more are begun.
///
/// Returns the results in the order of the jobs; `None` for those that were not begun.
pub(crate) async fn run<T: Send + 'static>(
    jobs: impl IntoIterator<Item = impl Future<Output = Result<T>> + Send + 'static>,
    mut done: impl FnMut(usize, &Result<T>) -> Result<()>,
) -> Result<Vec<Option<Result<T>>>> {
    let mut results = Vec::new();
    let mut running = JoinSet::new();
    let mut go_on = true;
    let mut waiting = jobs.into_iter().enumerate().inspect(|_| results.push(None)).collect::<Vec<_>>();
    waiting.reverse();
    loop {
        while go_on
            && running.len() < AT_ONCE
            && let Some((number, job)) = waiting.pop()
        {
            running.spawn(async move { (number, job.await) });
        }
        let Some(finished) = running.join_next().await else { return Ok(results) };
        let (number, result) = match finished {
            Ok(finished) => finished,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => continue,
            },
        };
        go_on &= !matches!(&result, Err(error) if concerns_all(error.exit()));
        done(number, &result)?;
        results[number] = Some(result);
    }
}

fn concerns_all(exit: Exit) -> bool {
    matches!(exit, Exit::LogIn | Exit::TryAgain | Exit::Interrupted)
}

/// The server takes four uploads and eight downloads of a person.
const AT_ONCE: usize = 3;

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::{error::Error, text::msg};

    #[tokio::test]
    async fn at_most_three_run_at_once_and_one_that_fails_leaves_the_others() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs = (0..10).map(|number| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                if number == 4 { Err(Error::usage(msg!("error-binary"))) } else { Ok(number) }
            }
        });
        let mut seen = 0;
        let results = run(jobs, |_, _| {
            seen += 1;
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!((seen, results.len()), (10, 10));
        for (number, result) in results.into_iter().enumerate() {
            assert_eq!(result.unwrap().ok(), (number != 4).then_some(number));
        }
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
    }

    #[tokio::test]
    async fn nothing_more_is_begun_when_the_server_is_gone() {
        let jobs = (0..10).map(|_| async { Err::<(), _>(Error::new(Exit::TryAgain, msg!("error-answer"))) });
        let results = run(jobs, |_, _| Ok(())).await.unwrap();
        assert!(results.iter().filter(|result| result.is_some()).count() <= AT_ONCE);
    }
}
