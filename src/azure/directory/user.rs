//! Users as Graph shows them, and errors as a line.

use crate::{
    azure::{error::AzureError, models::graph::User},
    fleet::person::{ObjectId, Person},
};

/// What claw reads of a user; `accountEnabled` comes on request only.
pub const SELECT: &str = "id,userPrincipalName,mail,displayName,accountEnabled";

/// `None` without an id: then it can't be told who that is.
pub fn person(user: &User) -> Option<Person> {
    Some(Person {
        object_id: ObjectId::new(user.id.as_deref().filter(|id| !id.is_empty())?),
        user_principal_name: user.user_principal_name.clone().unwrap_or_default(),
        display_name: user.display_name.clone().unwrap_or_default(),
    })
}

/// The error with its remedy, as one line.
pub fn sentence(error: &AzureError) -> String {
    match &error.remedy {
        Some(remedy) => format!("{}; {remedy}", error.message),
        None => error.message.clone(),
    }
}
