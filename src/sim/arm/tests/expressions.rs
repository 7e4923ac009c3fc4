use serde_json::{Map, Value, json};

use crate::sim::arm::{
    deployment::functions::{Scope, expand},
    error::ArmError,
};

fn evaluate(text: &str) -> Result<Value, ArmError> {
    let map = |value: Value| -> Map<String, Value> { value.as_object().unwrap().clone() };
    let (parameters, variables) = (
        map(json!({"name": "alice", "list": [1, 2], "tags": {"Some": {"deep": true}}})),
        map(json!({"v": "[concat(parameters('name'), '-v')]", "w": "[variables('v')]", "self": "[variables('self')]"})),
    );
    let (group, subscription) =
        (json!({"name": "rg", "id": "/subscriptions/s/resourceGroups/rg"}), json!({"subscriptionId": "s"}));
    let scope =
        Scope { parameters: &parameters, variables: &variables, group: &group, subscription: &subscription, depth: 0 };
    expand(&json!(text), &scope)
}

#[test]
fn values() {
    let ip = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/publicIPAddresses/x";
    let cases = [
        ("plain", json!("plain")),
        ("", json!("")),
        ("[[literal]", json!("[literal]")),
        ("[open", json!("[open")),
        ("['it''s']", json!("it's")),
        ("[''''", json!("[''''")),
        ("['''']", json!("'")),
        ("[ Parameters( 'NAME' ) ]", json!("alice")),
        ("[parameters('tags').some.deep]", json!(true)),
        ("[parameters('tags')['Some']]", json!({"deep": true})),
        ("[parameters('list')[1]]", json!(2)),
        ("[variables('w')]", json!("alice-v")),
        ("[concat('a', 1, true())]", json!("a1True")),
        ("[concat(parameters('list'), parameters('list'))]", json!([1, 2, 1, 2])),
        ("[format('{0}{{}}{1}{0}', 'x', 7)]", json!("x{}7x")),
        ("[if(equals(1, 1), 'yes', reference('never'))]", json!("yes")),
        ("[and(not(false()), or(false(), true()))]", json!(true)),
        ("[length('äöü')]", json!(3)),
        ("[empty(null())]", json!(true)),
        ("[base64('abc')]", json!("YWJj")),
        ("[resourceId('Microsoft.Network/publicIPAddresses', 'x')]", json!(ip)),
        (
            "[resourceId('other', 'A.B/c/d', 'x', 'y')]",
            json!("/subscriptions/s/resourceGroups/other/providers/A.B/c/x/d/y"),
        ),
        ("[resourceId('t', 'other', 'A.B/c', 'x')]", json!("/subscriptions/t/resourceGroups/other/providers/A.B/c/x")),
        ("[subscriptionResourceId('A.B/c', 'x')]", json!("/subscriptions/s/providers/A.B/c/x")),
        ("[-3]", json!(-3)),
    ];
    for (text, expected) in cases {
        assert_eq!(evaluate(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn mistakes_are_named() {
    let cases = [
        ("[nonsense('x')]", "'nonsense' is not valid"),
        ("[guid('x')]", "'guid' is not supported by the embedded cloud"),
        ("[copyIndex()]", "'copyIndex' is not supported by the embedded cloud"),
        ("[parameters('none')]", "parameter 'none'"),
        ("[parameters('tags').none]", "\"none\" doesn't exist"),
        ("[parameters('list')[9]]", "9 doesn't exist"),
        ("[variables('self')]", "refers to itself"),
        ("[resourceId('A.B/c', 'x', 'y')]", "needs 1 names"),
        ("[if('x', 1, 2)]", "boolean"),
        ("[concat('a']", "expected ',' or ')' at position 10"),
        ("['open]", "closing quote"),
        ("[concat('a'))]", "its end"),
        ("[5 5]", "its end"),
        ("[]", "a function's call"),
        ("[format('{x}', 1)]", "plain numbers"),
        ("[toLower(5)]", "texts"),
    ];
    for (text, expected) in cases {
        let error = evaluate(text).unwrap_err();
        assert_eq!(error.code, "InvalidTemplate");
        assert!(error.message.contains(expected), "{text}: {}", error.message);
    }
    let deep = format!("[{}1{}]", "not(".repeat(4000), ")".repeat(4000));
    assert!(evaluate(&deep).unwrap_err().message.contains("fewer parentheses"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\[[a-z'(){}\\[\\], .0-9-]{0,40}\\]") {
        let _ = evaluate(&text);
    }
}
