//! Doing a mutation once.

use renkei_domain::id::{PersonId, RequestId};
use renkei_store::StoreError;
use renkei_store::request::{self, RequestMark};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx};

on_both_engines![a_request_is_found_with_the_same_body_only, of_the_same_request_at_once_one_is_done];

async fn a_request_is_found_with_the_same_body_only(db: Database) {
    let world = World::new(&db.store).await;
    let mark = RequestMark { person: world.nurse.person, id: RequestId(id()), fingerprint: [1; 32] };
    let object = id();
    let find = |mark: RequestMark| {
        let store = db.store.clone();
        async move { in_snapshot!(store, [] conn => request::find(conn, &mark).await) }
    };
    assert_eq!(find(mark).await.unwrap(), None);
    in_tx!(db.store, [] tx => request::insert(tx, &mark, object, NOW).await).unwrap();
    assert_eq!(find(mark).await.unwrap(), Some(object));
    assert!(matches!(find(RequestMark { fingerprint: [2; 32], ..mark }).await, Err(StoreError::Unique)));
    // ids are the client's: another person's are others
    let other = RequestMark { person: world.doctor.person, fingerprint: [2; 32], ..mark };
    assert_eq!(find(other).await.unwrap(), None);
    in_tx!(db.store, [] tx => request::insert(tx, &other, object, NOW).await).unwrap();

    let nobodys = RequestMark { person: PersonId(id()), ..mark };
    let refused = in_tx!(db.store, [] tx => request::insert(tx, &nobodys, object, NOW).await);
    assert!(matches!(refused, Err(StoreError::ForeignKey)));
}

async fn of_the_same_request_at_once_one_is_done(db: Database) {
    let world = World::new(&db.store).await;
    let mark = RequestMark { person: world.nurse.person, id: RequestId(id()), fingerprint: [1; 32] };
    let tries = (0..8).map(|_| {
        let store = db.store.clone();
        async move {
            in_tx!(store, [] tx => {
                if request::find(tx, &mark).await?.is_some() {
                    return Err(StoreError::Unique);
                }
                request::insert(tx, &mark, id(), NOW).await
            })
        }
    });
    let results = futures::future::join_all(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(StoreError::Unique))));
}
