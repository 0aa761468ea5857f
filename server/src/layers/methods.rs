//! The methods of the interface, from its descriptors: which there are, and which are streams.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message as _;
use prost_types::FileDescriptorSet;

/// How a method talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One request, one response.
    Unary,
    /// Many of either, for as long as it takes.
    Streaming,
}

struct Methods {
    services: Vec<String>,
    kinds: HashMap<String, Kind>,
}

static METHODS: LazyLock<Methods> = LazyLock::new(|| {
    let set = FileDescriptorSet::decode(renkei_proto::DESCRIPTOR_SET)
        .expect("the descriptor set is made when the program is built");
    let mut methods = Methods { services: Vec::new(), kinds: HashMap::new() };
    for file in set.file {
        for service in file.service {
            let service_name = format!("{}.{}", file.package.as_deref().unwrap_or_default(), service.name());
            for method in service.method {
                let streams = method.client_streaming() || method.server_streaming();
                let kind = if streams { Kind::Streaming } else { Kind::Unary };
                methods.kinds.insert(format!("/{service_name}/{}", method.name()), kind);
            }
            methods.services.push(service_name);
        }
    }
    methods
});

/// Path and kind of a method of ours. The path is not the client's text, so it may be logged.
pub(super) fn method(path: &str) -> Option<(&'static str, Kind)> {
    METHODS.kinds.get_key_value(path).map(|(path, kind)| (path.as_str(), *kind))
}

/// Full names of our services.
pub(crate) fn services() -> &'static [String] {
    &METHODS.services
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_from_single_calls() {
        let kind = |path| method(path).map(|(_, kind)| kind);
        assert_eq!(kind("/renkei.v1.TimelineService/Watch"), Some(Kind::Streaming));
        assert_eq!(kind("/renkei.v1.AttachmentService/UploadAttachment"), Some(Kind::Streaming));
        assert_eq!(kind("/renkei.v1.AttachmentService/DownloadAttachment"), Some(Kind::Streaming));
        assert_eq!(kind("/renkei.v1.TimelineService/PostEntry"), Some(Kind::Unary));
        assert_eq!(kind("/grpc.health.v1.Health/Check"), None);
    }
}
