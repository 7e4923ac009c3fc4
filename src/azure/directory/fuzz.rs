//! What Microsoft Graph answers, as bytes (`crate::fuzz`).

use super::{
    batch,
    groups::{Pages, found},
    people,
    user::person,
};
use crate::azure::models::graph::{BatchResponse, Group, Page, User};

/// A batch of people, a page of users, a page of groups.
pub fn read_any(data: &[u8]) {
    if let Ok(answer) = serde_json::from_slice::<BatchResponse>(data) {
        for item in answer.responses.iter().flatten() {
            let _ = (people::read(item), batch::pause_of(item));
        }
    }
    if let Ok(page) = serde_json::from_slice::<Page<User>>(data) {
        let users = page.value.unwrap_or_default();
        users.iter().for_each(|user| drop(person(user)));
        let _ = found(&Pages { items: users, count: page.count });
    }
    let _ = serde_json::from_slice::<Page<Group>>(data).map(|page| page.next_link);
}
