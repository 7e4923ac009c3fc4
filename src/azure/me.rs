//! The signed-in user, from Microsoft Graph.

use azure_core::http::Method;

use super::{
    error::{AzureError, AzureErrorKind, Task},
    models::graph::User,
    rest::Rest,
};
use crate::fleet::person::{ObjectId, Person};

/// Whoever is signed in, and the address people know them by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    pub person: Person,
    /// Mail address, else user principal name.
    pub email: String,
}

/// `GET /me`; only a person's own sign-in has one (azure.md §5).
pub async fn read(graph: &Rest) -> Result<Me, AzureError> {
    let task = Task::new("look up", "you in the directory");
    let url = graph.url("/v1.0/me", &[("$select", "id,userPrincipalName,mail,displayName")]);
    let user: User = graph.send(task, Method::Get, &url, None).await?.json(task)?;
    let nameless = || task.error(AzureErrorKind::Protocol, "the directory left out your id or your name");
    let id = user.id.filter(|id| !id.is_empty()).ok_or_else(nameless)?;
    let user_principal_name = user.user_principal_name.filter(|upn| !upn.is_empty()).ok_or_else(nameless)?;
    let email = user.mail.filter(|mail| !mail.is_empty()).unwrap_or_else(|| user_principal_name.clone());
    let display_name = user.display_name.unwrap_or_default();
    Ok(Me { person: Person { object_id: ObjectId::new(&id), user_principal_name, display_name }, email })
}
