use bytes::Bytes;
use futures::Stream;
pub(crate) async fn render(_t: &str, _c: impl Stream<Item = renkei_domain::Result<Bytes>>) -> Option<Vec<u8>> { None }
