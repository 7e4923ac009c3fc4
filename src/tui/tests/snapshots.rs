use super::{
    fixtures,
    terminal::{draw, styles},
};
use crate::{
    fleet::{cost::Cost, plan::Difference},
    tui::{
        message::{Command, Key, Message},
        state::{Screen, State},
        theme::{BUILT_IN, Depth, Look, parse},
        tree::PlanView,
    },
};

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (200, 60)];

fn snap(name: &str, state: &State) {
    for (width, height) in SIZES {
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), draw(state, width, height));
    }
}

#[test]
fn fleet() {
    snap("fleet-empty", &fixtures::empty());
    snap("fleet-bootstrapping", &fixtures::bootstrapping());
    snap("fleet-ready", &fixtures::ready());
}

#[test]
fn plan() {
    snap("plan", &fixtures::planned());
    snap("plan-failing", &fixtures::failing());
    let mut asking = fixtures::planned();
    fixtures::key(&mut asking, "a");
    snap("plan-confirm", &asking);
}

/// Nothing to do is not the same as all being well.
#[test]
fn a_plan_without_steps_still_shows_what_differs_and_why_no_cost_is_known() {
    let mut state = fixtures::planned();
    let planned = state.planned.as_mut().unwrap();
    planned.plan.steps.clear();
    planned.cost = Cost::Unknown { why: "the price list did not answer".into() };
    planned.plan.differences.push(Difference {
        target: "claw-bob".into(),
        property: "vmSize".into(),
        have: "Standard_B2s".into(),
        wanted: "Standard_B2ms".into(),
        remedy: "resize it".into(),
    });
    state.plan = PlanView::of(planned);
    let drawn = draw(&state, 120, 40);
    for words in [
        "nothing to do; what differs from team.json is below",
        "? claw-bob: vmSize is Standard_B2s, team.json says Standard_B2ms; nothing is changed · resize it",
        "cost unknown: the price list did not answer",
    ] {
        assert!(drawn.contains(words), "{drawn}");
    }
}

#[test]
fn logs() {
    let mut state = fixtures::bootstrapping();
    fixtures::key(&mut state, "3");
    snap("logs", &state);
    let mut state = super::logs::two_logs();
    fixtures::key(&mut state, "v");
    snap("logs-tiles", &state);
    fixtures::key(&mut state, "vt&!line 4");
    snap("logs-merged", &state);
}

#[test]
fn machine() {
    let mut state = super::machine::opened();
    for (key, name) in [("o", "overview"), ("t", "timeline"), ("x", "checks"), ("b", "cost")] {
        fixtures::key(&mut state, key);
        snap(&format!("machine-{name}"), &state);
    }
}

#[test]
fn pairings_config_idle_help() {
    let mut state = fixtures::ready();
    fixtures::key(&mut state, "4");
    snap("pairings", &state);
    snap("config", &fixtures::diffed());
    snap("idle", &fixtures::judged());
    snap("activity", &fixtures::recorded());
    fixtures::key(&mut state, "?");
    snap("help", &state);
}

#[test]
fn without_colour_and_too_small() {
    let mut state = fixtures::ready();
    state.colour = false;
    let with_signs = draw(&state, 120, 40);
    state.colour = true;
    assert_eq!(with_signs, draw(&state, 120, 40), "signs say what colours say");
    insta::assert_snapshot!("too-small", draw(&state, 50, 12));
}

#[test]
fn the_table_filtered_marked_and_its_columns() {
    let mut state = fixtures::ready();
    fixtures::key(&mut state, "  /an");
    for (width, height) in [(60, 16), (120, 40)] {
        insta::assert_snapshot!(format!("fleet-filtered-{width}x{height}"), draw(&state, width, height));
    }
    fixtures::send(&mut state, Message::Key(Key::Enter));
    fixtures::key(&mut state, "C");
    insta::assert_snapshot!("fleet-columns-80x24", draw(&state, 80, 24));
    fixtures::send(&mut state, Message::Key(Key::Esc));
    fixtures::key(&mut state, "d");
    insta::assert_snapshot!("fleet-stop-60x16", draw(&state, 60, 16));
}

#[test]
fn health_commands_and_the_first_run() {
    snap("health", &super::health::troubled());
    snap("exec", &super::exec::running());
    let mut state = super::setup::first();
    fixtures::key(&mut state, "alice@example.com, bob");
    snap("setup", &state);
    fixtures::key(&mut state, "@example.com");
    for _ in 0..4 {
        fixtures::send(&mut state, Message::Key(Key::Enter));
    }
    fixtures::key(&mut state, "ANTHROPIC_API_KEY=hidden");
    snap("setup-secrets", &state);
}

#[test]
fn a_push_under_way() {
    let mut state = fixtures::diffed();
    fixtures::key(&mut state, "py");
    snap("config-pushing", &state);
}

/// Every screen in both themes, as places of styles.
#[test]
fn every_screen_in_both_themes() {
    let mut pairings = super::devices::paired();
    fixtures::key(&mut pairings, "k");
    let mut logs = super::logs::two_logs();
    fixtures::key(&mut logs, "vv");
    let screens = [
        ("fleet", fixtures::judged()),
        ("plan", fixtures::failing()),
        ("logs", logs),
        ("pairings", pairings),
        ("config", fixtures::diffed()),
        ("idle", fixtures::judged()),
        ("activity", fixtures::recorded()),
        ("health", super::health::troubled()),
        ("machine", super::machine::opened()),
        ("exec", super::exec::running()),
        ("setup", super::setup::first()),
    ];
    for (name, mut state) in screens {
        if name == "fleet" {
            fixtures::key(&mut state, "1");
        }
        for theme in ["dark", "light"] {
            let text = BUILT_IN.iter().find(|t| t.0 == theme).unwrap().1;
            state.look = Look { theme: parse(text).unwrap(), depth: Depth::True, ascii: false };
            for (width, height) in [(80, 24), (120, 40)] {
                insta::assert_snapshot!(
                    format!("styles-{name}-{theme}-{width}x{height}"),
                    styles(&state, width, height)
                );
            }
        }
    }
}

#[test]
fn the_theme_key_goes_round() {
    let mut state = fixtures::ready();
    state.themes = BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), parse(text).unwrap())).collect();
    state.theme = Some("dark".into());
    for name in ["light", "sixteen", "dark"] {
        let kept = fixtures::key(&mut state, "T");
        assert!(matches!(&kept[..], [Command::Remember(prefs)] if prefs.theme.as_deref() == Some(name)));
        let wanted = BUILT_IN.iter().find(|t| t.0 == name).unwrap().1;
        assert_eq!(state.look.theme, parse(wanted).unwrap());
    }
}

/// Both themes in every depth, as a line a style: what is seen differs, what is read does not.
#[test]
fn themes_paint_the_same_words() {
    let mut state = fixtures::judged();
    fixtures::key(&mut state, "1");
    let words = draw(&state, 120, 20);
    for (name, text) in BUILT_IN {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
            state.look = Look { theme: parse(text).unwrap(), depth, ascii: false };
            assert_eq!(draw(&state, 120, 20), words);
            insta::assert_snapshot!(format!("theme-{name}-{depth:?}"), styles(&state, 120, 20));
        }
    }
}

#[test]
fn an_ascii_terminal_gets_ascii_and_the_same_words() {
    let mut state = fixtures::bootstrapping();
    state.look.ascii = true;
    for n in 1..=Screen::COUNT {
        fixtures::key(&mut state, &n.to_string());
        let drawn = draw(&state, 120, 20);
        assert!(drawn.is_ascii(), "{drawn}");
    }
    fixtures::key(&mut state, "1");
    insta::assert_snapshot!("ascii-80x24", draw(&state, 80, 24));
}
