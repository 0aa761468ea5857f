//! What a search finds.

use renkei_proto::v1;
use serde_json::{Value, json};

use crate::output::{json::Json, label::name};

impl Json for v1::FoundEntry {
    fn json(&self) -> Value {
        json!({
            "entry_id": self.entry_id,
            "seq": self.seq,
            "category": name::<v1::Category>(self.category),
            "sensitivity": name::<v1::Sensitivity>(self.sensitivity),
            "author": self.author.json(),
            "post_time": self.post_time.json(),
            "excerpts": self.excerpts.json(),
        })
    }
}

impl Json for v1::Excerpt {
    fn json(&self) -> Value {
        json!({
            "field": self.field,
            "text": self.text,
            "ranges": self.ranges.json(),
            "more_before": self.more_before,
            "more_after": self.more_after,
            "attachment_id": self.attachment_id,
        })
    }
}

impl Json for v1::TextRange {
    fn json(&self) -> Value {
        json!({"start": self.start, "end": self.end})
    }
}
