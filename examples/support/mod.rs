//! A team of any size on the embedded cloud, made by claw's own `up` in virtual time.

use std::{path::Path, time::Duration};

use claw::{
    fleet::plan::PlanOptions,
    ops::{Events, Overrides, Session, Settings, apply, secrets, sync},
    sim::{Sim, SimOptions},
};
use tokio_util::sync::CancellationToken;

/// Users `m0000@example.com` and on, and machines that say little.
fn scenario(members: usize) -> String {
    let user = |n: usize| {
        format!(
            "[[users]]\nid = \"00000000-0000-4000-8000-{n:012}\"\nupn = \"m{n:04}@example.com\"\nmail = \"m{n:04}@example.com\"\nname = \"Member {n}\"\n"
        )
    };
    let quiet = "speed = 1.0\n[every_machine]\nlines_per_second = 0.01\n".to_owned();
    (0..members).map(user).fold(quiet, |all, user| all + &user)
}

/// How long `up` takes at least: ARM takes 200 writes at once and 10 a second after that (azure.md §2.2). Each machine
/// needs four: its deployment, the grant at its secret, the link to its console, its tags.
pub fn bound(members: usize) -> Duration {
    let writes = 4.0 * members as f64 + 6.0;
    Duration::from_secs_f64(((writes - 200.0) / 10.0).max(0.0))
}

pub struct Team {
    pub sim: Sim,
    pub session: Session,
}

impl Team {
    /// The cloud below `folder/sim`, team.json in `folder`, what claw keeps below `folder/data`; no machine yet.
    pub async fn start(folder: &Path, members: usize) -> Self {
        let path = |name: &str| folder.join(name);
        std::fs::write(path("scenario.toml"), scenario(members)).unwrap();
        let emails: Vec<_> =
            (0..members).map(|n| serde_json::json!({"email": format!("m{n:04}@example.com")})).collect();
        std::fs::write(path("team.json"), serde_json::json!({"members": emails}).to_string()).unwrap();
        // Without it, each machine would wait for its secret.
        std::fs::write(path("secrets.json"), r#"{"shared": {"ANTHROPIC_API_KEY": "none"}}"#).unwrap();
        let options = SimOptions { dir: path("sim"), scenario: Some(path("scenario.toml")), port: 0 };
        let sim = Sim::start(&options).await.unwrap();
        let overrides = Overrides {
            cloud: Some(sim.cloud_file.display().to_string()),
            team: Some(path("team.json")),
            secrets: Some(path("secrets.json")),
            data: Some(path("data")),
            ..Overrides::default()
        };
        let session = Session::open(Settings::load(&overrides).unwrap()).unwrap();
        Self { sim, session }
    }

    /// `claw up` and `claw secrets push`, to their end.
    pub async fn up(&self) {
        let (events, mut received) = Events::channel();
        let drain = tokio::spawn(async move { while received.recv().await.is_some() {} });
        let planned = sync::plan(&self.session, &PlanOptions::default(), &events).await.unwrap();
        let applied = apply::apply(&self.session, &planned, &events, &CancellationToken::new()).await.unwrap();
        assert!(applied.failed.is_empty(), "{:?}", applied.failed.first());
        secrets::push(&self.session, &events).await.unwrap();
        drain.abort();
    }
}
