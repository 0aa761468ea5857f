//! Lists that the server gives a page at a time.

use crate::{command::Context, error::Result, text::msg};

/// What was listed, and whether there is more.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) more: bool,
}

impl<T> Listed<T> {
    /// Says that there is more, and how to see it.
    pub(crate) fn note_more(&self, context: &Context<'_>) {
        if self.more {
            context.note(&msg!("note-more", shown = self.items.len()));
        }
    }
}

/// Fetches pages until there are `limit` items or no more. `fetch` takes the page size and token and
/// returns the items and the next token. A page may be empty although another follows.
pub(crate) async fn fetch<T>(
    limit: usize,
    fetch: impl AsyncFn(i32, String) -> Result<(Vec<T>, String)>,
) -> Result<Listed<T>> {
    let mut items = Vec::new();
    let mut token = String::new();
    loop {
        let wanted = i32::try_from((limit - items.len()).min(LARGEST_PAGE)).unwrap_or(0);
        let (page, next) = fetch(wanted, token).await?;
        items.extend(page);
        let more = !next.is_empty() || items.len() > limit;
        if next.is_empty() || items.len() >= limit {
            items.truncate(limit);
            return Ok(Listed { items, more });
        }
        token = next;
    }
}

/// Everything there is.
pub(crate) const ALL: usize = usize::MAX;
const LARGEST_PAGE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    async fn pages(limit: usize, pages: &[&[i32]]) -> (Vec<i32>, bool) {
        let listed = fetch(limit, async |size, token: String| {
            let at: usize = token.parse().unwrap_or(0);
            let page = pages[at].iter().copied().take(size as usize).collect();
            let next = if at + 1 < pages.len() { (at + 1).to_string() } else { String::new() };
            Ok((page, next))
        });
        let listed = listed.await.unwrap();
        (listed.items, listed.more)
    }

    #[tokio::test]
    async fn pages_are_joined_up_to_the_limit() {
        let all: &[&[i32]] = &[&[1, 2], &[], &[3]];
        assert_eq!(pages(ALL, all).await, (vec![1, 2, 3], false));
        assert_eq!(pages(3, all).await, (vec![1, 2, 3], false));
        assert_eq!(pages(2, all).await, (vec![1, 2], true));
        assert_eq!(pages(1, &[&[1, 2]]).await, (vec![1], false));
    }
}
