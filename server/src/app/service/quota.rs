//! How many calls a service account makes: a bucket of as many as it may make in a minute, which fills evenly. It is
//! kept in memory, by each server for itself; the calls are counted, not the messages of a stream.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use renkei_domain::id::ServiceAccountId;
use renkei_domain::service::Service;

/// How many buckets are kept before the full ones are dropped: a full bucket is as good as none.
const CAPACITY: usize = 4096;

/// The calls that are left to each service account.
#[derive(Default)]
pub(crate) struct Quotas {
    buckets: Mutex<HashMap<ServiceAccountId, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// Calls that were left, or a part of one.
    left: f64,
    at: Instant,
    per_second: f64,
    size: f64,
}

impl Bucket {
    fn filled(self, now: Instant) -> Self {
        let new = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        Self { left: (self.left + new).min(self.size), at: now.max(self.at), ..self }
    }
}

impl Quotas {
    /// Takes a call; or says how long to wait for the next one.
    pub(super) fn take(&self, service: &Service, now: Instant) -> Result<(), Duration> {
        #[expect(clippy::cast_precision_loss, reason = "at most 60,000")]
        let size = service.calls_per_minute.max(1) as f64;
        let new = Bucket { left: size, at: now, per_second: size / 60.0, size };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CAPACITY {
            buckets.retain(|_, bucket| bucket.filled(now).left < bucket.size);
        }
        let bucket = buckets.entry(service.id).or_insert(new);
        *bucket = bucket.filled(now);
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / bucket.per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn service(id: u128, calls_per_minute: i64) -> Service {
        Service { id: ServiceAccountId(Uuid::from_u128(id)), name: "連携".into(), calls_per_minute }
    }

    fn taken(quotas: &Quotas, service: &Service, now: Instant) -> usize {
        (0..1000).take_while(|_| quotas.take(service, now).is_ok()).count()
    }

    #[test]
    fn after_a_minutes_calls_they_come_evenly() {
        let (quotas, begun) = (Quotas::default(), Instant::now());
        let service = service(1, 30);
        assert_eq!(taken(&quotas, &service, begun), 30);
        let wait = quotas.take(&service, begun).unwrap_err();
        assert!(wait > Duration::from_millis(1990) && wait <= Duration::from_secs(2), "{wait:?}");
        // a little more than the wait, for what is lost in the division
        assert_eq!(taken(&quotas, &service, begun + wait + Duration::from_millis(1)), 1);
        assert_eq!(
            taken(&quotas, &service, begun + Duration::from_secs(3600)),
            30,
            "no more than a minute's"
        );
        assert_eq!(taken(&quotas, &service, begun), 0, "a clock that stands gives nothing");
    }

    #[test]
    fn nobody_uses_up_the_calls_of_another_account() {
        let (quotas, now) = (Quotas::default(), Instant::now());
        assert_eq!(taken(&quotas, &service(1, 5), now), 5);
        assert_eq!(taken(&quotas, &service(2, 7), now), 7);
        assert_eq!(taken(&quotas, &service(1, 5), now), 0);
    }

    #[test]
    fn what_is_dropped_is_full() {
        let (quotas, begun) = (Quotas::default(), Instant::now());
        assert_eq!(taken(&quotas, &service(0, 3), begun), 3);
        for id in 1..CAPACITY as u128 {
            quotas.take(&service(id, 60_000), begun).unwrap();
        }
        let later = begun + Duration::from_secs(1);
        quotas.take(&service(9999, 3), later).unwrap();
        assert_eq!(quotas.buckets.lock().unwrap().len(), 2);
        assert_eq!(taken(&quotas, &service(0, 3), later), 0, "the one that is used up is kept");
    }
}
