//! `local`, `global`, `set`, `rm`, `json`, `self`, `import`: values in memory and in JSON files.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use mlua::Value;
use pino_stdlib::MethodError;
use serde_json::json;
use support::{World, failure};

#[tokio::test]
async fn local_set_and_rm_follow_key_paths() {
    let world = World::new();
    world.call("local.set", json!({"a.b.c": 1, "arr": [1, 2]})).await.unwrap();
    world.call("local.set", json!({"arr.0": 9, "arr.2.x": 1})).await.unwrap();
    assert_eq!(world.local(), json!({"a": {"b": {"c": 1}}, "arr": [9, 2, {"x": 1}]}));
    world.call("local.rm", json!(["a.b", "arr.1", "no.such"])).await.unwrap();
    assert_eq!(world.local(), json!({"a": {}, "arr": [9, {"x": 1}]}));
}

#[tokio::test]
async fn values_that_hold_nothing_end_a_path_silently() {
    let world = World::new();
    world.call("local.set", json!({"n": 5, "s": "text", "z": 0, "f": null})).await.unwrap();
    world.call("local.set", json!({"n.x": 1, "s.x": 1, "z.x": 1, "f.x": 1})).await.unwrap();
    assert_eq!(world.local(), json!({"n": 5, "s": "text", "z": {"x": 1}, "f": {"x": 1}}));
}

#[tokio::test]
async fn holes_are_null_in_json() {
    let world = World::new();
    world.call("json.set", json!({"d.json": {"a.b": 1, "list": [1]}})).await.unwrap();
    world.call("json.set", json!({"d.json": {"list.3": 2, "a.c": "linux"}})).await.unwrap();
    world.call("json.rm", json!({"d.json": ["a.b"]})).await.unwrap();
    world.call("json.get", json!({"cfg": "d.json", "nope": "zz.json"})).await.unwrap();
    assert_eq!(
        world.local(),
        json!({"cfg": {"a": {"c": "linux"}, "list": [1, null, null, 2]}, "nope": null})
    );
}

#[tokio::test]
async fn prototypes_cannot_be_reached() {
    let world = World::new();
    for path in
        ["__proto__.polluted", "constructor.prototype.polluted", "['__proto__'].polluted", "a.__proto__"]
    {
        let result = world.call("local.set", json!({path: true})).await;
        assert!(matches!(result, Err(MethodError::BadParams(_))), "{path}: {result:?}");
    }
    let object = pino_vm::new_object(world.vm.lua()).unwrap();
    assert!(pino_vm::get_property(world.vm.lua(), &object, "polluted").unwrap().is_nil());
}

#[tokio::test]
async fn brackets_are_data_not_code() {
    let world = World::new();
    world.call("local.set", json!({"list": [{"a": 1}]})).await.unwrap();
    world.call("local.set", json!({"['list'][0]['a.b']": 2})).await.unwrap();
    assert_eq!(world.local(), json!({"list": [{"a": 1, "a.b": 2}]}));
    assert!(world.call("local.set", json!({"[0];x=1//": 1})).await.is_err());
}

#[tokio::test]
async fn global_is_a_store_of_its_own() {
    let world = World::new();
    world.call("global.set", json!({"x": 1, "y.z": 2})).await.unwrap();
    world.call("global.rm", json!(["x"])).await.unwrap();
    assert_eq!((world.global(), world.local()), (json!({"y": {"z": 2}}), json!({})));
}

#[tokio::test]
async fn json_files_keep_their_order_and_form() {
    let world = World::new();
    world.write("c.json", "{\"z\":0,\"m\":{\"k\":1},\"b\":true}");
    world.call("json.set", json!({"c.json": {"z": 26, "a": 1.5, "m.n": {"o": 1}}})).await.unwrap();
    let expected = "{\n  \"z\": 26,\n  \"m\": {\n    \"k\": 1,\n    \"n\": {\n      \"o\": 1\n    }\n  },\n  \"b\": true,\n  \"a\": 1.5\n}";
    assert_eq!(world.read("c.json").as_deref(), Some(expected));
    world.call("self.set", json!({"c.json": [1, {"a": []}]})).await.unwrap();
    assert_eq!(world.read("c.json").as_deref(), Some("[\n  1,\n  {\n    \"a\": []\n  }\n]"));
    world.call("self.rm", json!({"c.json": ["0"]})).await.unwrap();
    assert_eq!(world.read("c.json").as_deref(), Some("[\n  {\n    \"a\": []\n  }\n]"));
}

#[tokio::test]
async fn a_broken_json_file_is_never_overwritten() {
    let world = World::new();
    world.write("c.json", "{broken");
    let text = failure(world.call("json.set", json!({"c.json": {"a": 1}})).await);
    assert!(text.contains("c.json") && text.contains("no valid JSON"), "{text}");
    assert_eq!(world.read("c.json").as_deref(), Some("{broken"));
    world.call("json.get", json!({"c": "c.json"})).await.unwrap();
    assert_eq!((world.local(), world.warnings()), (json!({"c": null}), vec!["not-json".to_owned()]));
}

#[tokio::test]
async fn other_names_than_json_are_passed_over() {
    let world = World::new();
    world.write("c.txt", "text");
    world.call("json.set", json!({"c.txt": {"a": 1}})).await.unwrap();
    world.call("json.rm", json!({"c.txt": ["a"]})).await.unwrap();
    assert_eq!(world.read("c.txt").as_deref(), Some("text"));
    assert_eq!(world.warnings(), ["not-json", "not-json"]);
}

#[tokio::test]
async fn files_outside_are_refused() {
    let world = World::new();
    let text = failure(world.call("json.set", json!({"/etc/pino.json": {"a": 1}})).await);
    assert!(text.contains("may not be written"), "{text}");
    world.call("json.set", json!({"~/shared/note.json": {"a": 1}})).await.unwrap();
    assert!(world.home().join("shared/note.json").is_file());
}

#[tokio::test]
async fn set_and_rm_work_in_several_places() {
    let world = World::new();
    let params = json!({"local": {"a": 1}, "global": {"b.c": 2}, "json": {"s.json": {"d": 3}}});
    world.call("set", params).await.unwrap();
    assert_eq!((world.local(), world.global()), (json!({"a": 1}), json!({"b": {"c": 2}})));
    assert_eq!(world.read("s.json").as_deref(), Some("{\n  \"d\": 3\n}"));
    world.call("rm", json!({"local": ["a"], "global": ["b.c"], "self": {"s.json": ["d"]}})).await.unwrap();
    assert_eq!((world.local(), world.global()), (json!({}), json!({"b": {}})));
    assert_eq!(world.read("s.json").as_deref(), Some("{}"));
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_are_merged_published_and_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.call("set", json!({"key": {"https://h": {"user": "a"}}})).await.unwrap();
    world.call("set", json!({"key": {"https://h": {"token.x": 1}, "other": {"t": 2}}})).await.unwrap();
    let path = world.home().join("key.json");
    let stored: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(stored, json!({"https://h": {"user": "a", "token": {"x": 1}}, "other": {"t": 2}}));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(world.host.keys.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn values_are_stored_as_they_are() {
    let world = World::new();
    let lua = world.vm.lua();
    let shared = pino_vm::new_object(lua).unwrap();
    let params = pino_vm::new_object(lua).unwrap();
    pino_vm::set_property(lua, &params, "a", Value::Table(shared.clone())).unwrap();
    pino_vm::set_property(lua, &params, "b.c", Value::Table(shared.clone())).unwrap();
    world.call_value("local.set", Value::Table(params)).await.unwrap();
    pino_vm::set_property(lua, &shared, "late", Value::Number(1.0)).unwrap();
    assert_eq!(world.local(), json!({"a": {"late": 1}, "b": {"c": {"late": 1}}}));
}

#[tokio::test]
async fn import_shows_variables_of_running_scripts() {
    let world = World::new();
    world.call("local.set", json!({"n": 1})).await.unwrap();
    let found = world.call("import", json!({"other": "other.js", "none": "idle.js"})).await.unwrap();
    assert_eq!(found, json!({"other": {"n": 1}}));
}

#[tokio::test]
async fn sharing_that_was_asked_for_is_a_warning() {
    let world = World::new();
    world.host.variables.lock().unwrap().insert("PINOKIO_SHARE_CLOUDFLARE".into(), "true".into());
    world.call("local.set", json!({"other": "http://x"})).await.unwrap();
    assert!(world.warnings().is_empty());
    world.call("local.set", json!({"url": "http://127.0.0.1:1"})).await.unwrap();
    assert_eq!(world.warnings(), ["share-unavailable"]);
}
