//! Answers for the machine screen.

use std::path::Path;

use crate::{
    ops::{OpsError, Session, config_push, prices, verify},
    tui::machine::{Answer, Tab},
};

pub async fn ask(session: &Session, machine: &str, tab: Tab, config: Option<&Path>) -> Answer {
    let answer = match tab {
        Tab::Checks => checks(session, machine).await,
        Tab::Drift => config_push::diff_of(session, config, &[machine.to_owned()]).await.map(Answer::Drifted),
        Tab::Bill => prices::of_machine(session, machine).await.map(Answer::Priced),
        Tab::Overview | Tab::Timeline | Tab::Log | Tab::Devices => Err(OpsError::failed("there is nothing to ask")),
    };
    answer.unwrap_or_else(|error| {
        let remedy = error.remedy.as_ref().map(|r| format!(" · {r}")).unwrap_or_default();
        Answer::Failed { tab: tab.title().to_owned(), why: format!("{error}{remedy}") }
    })
}

async fn checks(session: &Session, machine: &str) -> Result<Answer, OpsError> {
    let reports = verify::verify(session, &[machine.to_owned()]).await?;
    Ok(Answer::Checked(reports.into_iter().flat_map(|report| report.findings).collect()))
}
