//! Our additions to `json.*`: `JSONPath`, merge, JSON Schema.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use serde_json::json;
use support::{World, failure};

const SERVERS: &str =
    r#"{"servers":[{"name":"a","on":true},{"name":"b"},{"name":"c","on":true}],"$share":1}"#;

#[tokio::test]
async fn jsonpath_selects_sets_and_removes() {
    let world = World::new();
    world.write("s.json", SERVERS);
    let query = json!({"names": {"file": "s.json", "path": "$.servers[?@.on].name"}, "all": "s.json"});
    world.call("json.get", query).await.unwrap();
    let local = world.local();
    assert_eq!(local["names"], json!(["a", "c"]));
    assert_eq!(local["all"]["servers"][1]["name"], "b");

    let changes = json!({"s.json": {"$.servers[?@.on].port": 1, "x.y": 2}});
    let text = failure(world.call("json.set", changes).await);
    assert!(text.contains("selects nothing to set"), "{text}");
    let changes = json!({"s.json": {"$.servers[?@.on].name": "z", "x.y": 2, "$share": 3}});
    world.call("json.set", changes).await.unwrap();
    world.call("json.rm", json!({"s.json": ["$.servers[?@.on]"]})).await.unwrap();
    let left: serde_json::Value = serde_json::from_str(&world.read("s.json").unwrap()).unwrap();
    assert_eq!(left, json!({"servers": [{"name": "b"}], "$share": 3, "x": {"y": 2}}));
    let text = failure(world.call("json.set", json!({"s.json": {"$.a[": 1}})).await);
    assert!(text.contains("is no JSONPath"), "{text}");
}

#[tokio::test]
async fn merge_follows_rfc_7396() {
    let world = World::new();
    world.write("c.json", r#"{"a":{"b":1,"c":2},"list":[1,2],"gone":true}"#);
    let patch = json!({"c.json": {"a": {"c": null, "d": {"e": 5}}, "list": [3], "gone": null}});
    world.call("json.merge", patch).await.unwrap();
    let merged: serde_json::Value = serde_json::from_str(&world.read("c.json").unwrap()).unwrap();
    assert_eq!(merged, json!({"a": {"b": 1, "d": {"e": 5}}, "list": [3]}));
    assert!(matches!(
        world.call("json.merge", json!({"c.json": [1]})).await,
        Err(pino_stdlib::MethodError::BadParams(_))
    ));
}

#[tokio::test]
async fn a_schema_tells_what_is_wrong_and_where() {
    let world = World::new();
    world.write("c.json", r#"{"port":"x"}"#);
    world.write("schema.json", r#"{"properties":{"port":{"type":"integer"}},"required":["host"]}"#);
    let result =
        world.call("json.validate", json!({"file": "c.json", "schema": "schema.json"})).await.unwrap();
    assert_eq!(result["valid"], false);
    let places: Vec<&str> =
        result["errors"].as_array().unwrap().iter().map(|fault| fault["path"].as_str().unwrap()).collect();
    assert!(places.contains(&"/port") && places.contains(&""), "{places:?}");
    let strict = json!({"data": {"n": 1}, "schema": {"required": ["x"]}, "strict": true});
    let text = failure(world.call("json.validate", strict).await);
    assert!(text.contains("\"x\" is a required property"), "{text}");
    let good = json!({"data": [1, 2], "schema": {"type": "array", "items": {"type": "number"}}});
    assert_eq!(world.call("json.validate", good).await.unwrap(), json!({"valid": true, "errors": []}));
}

#[tokio::test]
async fn a_schema_cannot_reach_out_or_hang() {
    let world = World::new();
    let remote = json!({"data": {}, "schema": {"$ref": "http://127.0.0.1:9/s.json"}});
    assert!(world.call("json.validate", remote).await.is_err());
    let local = json!({"data": {}, "schema": {"$ref": "file:///etc/hostname"}});
    assert!(world.call("json.validate", local).await.is_err());
    let slow = json!({"data": "a".repeat(200), "schema": {"pattern": "^(a+)+$x"}});
    let result = world.call("json.validate", slow).await.unwrap();
    assert_eq!(result["valid"], false);
}
