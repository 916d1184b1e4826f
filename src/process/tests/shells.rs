//! Shells on real terminals: output, exit codes, activation, input.

mod support;

use std::time::{Duration, Instant};

use pino_process::{Exit, Output, ProcessGroup, ShellMode, ShellSpec};
use support::{gather, next, spawn, spec, until};

async fn run(command: &str) -> support::Gathered {
    let group = ProcessGroup::new();
    gather(spawn(&group, spec(command)).1).await
}

#[tokio::test]
async fn prints_only_what_the_program_wrote() {
    let all =
        run("echo hi; test -t 0 && test -t 1 && echo terminal; tput cols 2>/dev/null || echo 100").await;
    assert_eq!(all.text, "hi\r\nterminal\r\n100\r\n");
    assert_eq!((all.started, all.exit), (true, Some(Exit { code: Some(0) })));
}

#[tokio::test]
async fn gives_the_exit_code() {
    assert_eq!(run("exit 7").await.exit, Some(Exit { code: Some(7) }));
    assert_eq!(run("kill -9 $$").await.exit, Some(Exit { code: None }));
    assert_eq!(run("kill -SEGV $$").await.exit, Some(Exit { code: Some(128 + 11) }));
    assert_eq!(run("no-such-program").await.exit, Some(Exit { code: Some(127) }));
}

#[tokio::test]
async fn the_last_words_are_never_lost() {
    for _ in 0..50 {
        assert_eq!(run("seq 1 200; printf end").await.text.lines().last(), Some("end"));
    }
}

#[tokio::test]
async fn activation_is_kept_apart() {
    let group = ProcessGroup::new();
    let activation = vec![
        "echo preparing; export FOO=bar".to_owned(),
        "echo again >&2; hello() { echo hello; }".to_owned(),
    ];
    let all = gather(spawn(&group, ShellSpec { activation, ..spec("echo $FOO; hello; echo x >&9") }).1).await;
    assert_eq!(all.setup, "preparing\nagain\n");
    assert!(
        all.text.starts_with("bar\r\nhello\r\n") && all.text.contains("Bad file descriptor"),
        "{}",
        all.text
    );
}

#[tokio::test]
async fn a_failed_activation_runs_no_command() {
    let group = ProcessGroup::new();
    let all = gather(
        spawn(&group, ShellSpec { activation: vec!["echo no; false".to_owned()], ..spec("echo hi") }).1,
    )
    .await;
    assert_eq!((all.setup.as_str(), all.text.as_str(), all.started), ("no\n", "", false));
    assert_eq!(all.exit, Some(Exit { code: Some(1) }));
}

#[tokio::test]
async fn invalid_bytes_and_split_characters() {
    let all = run(r"stty -opost; printf 'a\xe2'; sleep 0.1; printf '\x82\xacb\xff\xfec\xe2'").await;
    assert_eq!(all.text, "a€b\u{fffd}\u{fffd}c\u{fffd}");
}

#[tokio::test]
async fn answers_where_the_cursor_is() {
    let all = run(r#"IFS= read -rs -t 10 -d R -p $'\e[6n' answer; printf '%q' "${answer#?}""#).await;
    assert_eq!(all.text, r"\[1\;1");
}

#[tokio::test]
async fn a_closed_terminal_is_not_an_end() {
    let all = run("exec >/dev/null 2>&1 </dev/null; sleep 0.2; exec >/dev/tty; echo back").await;
    assert_eq!(all.text, "back\r\n");
}

#[tokio::test]
async fn a_slow_reader_slows_the_program_and_loses_nothing() {
    let group = ProcessGroup::new();
    let (_handle, mut output) =
        spawn(&group, spec("stty -opost; head -c 10000000 /dev/zero | tr '\\0' x; echo; echo done"));
    let (mut bytes, mut largest) = (0, 0);
    while let Some(piece) = next(&mut output).await {
        match piece {
            Output::Text(text) => {
                bytes += text.len();
                largest = largest.max(text.len());
                tokio::task::yield_now().await;
            }
            Output::Ended(_) => break,
            _ => {}
        }
    }
    assert_eq!(bytes, 10_000_000 + "\ndone\n".len());
    assert!(largest <= 64 * 1024);
}

#[tokio::test]
async fn dropped_output_does_not_block_the_program() {
    let group = ProcessGroup::new();
    let (handle, output) = spawn(&group, spec("head -c 3000000 /dev/zero; exit 3"));
    drop(output);
    assert_eq!(handle.wait().await, Exit { code: Some(3) });
}

#[tokio::test]
async fn input_reaches_the_program() {
    let group = ProcessGroup::new();
    let (handle, mut output) = spawn(&group, spec("echo ask; read -r answer; echo \"<$answer>\"; stty size"));
    until(&mut output, "ask").await;
    handle.resize(120, 40).unwrap_or_else(|error| panic!("{error}"));
    handle.write(b"yes\n").await.unwrap_or_else(|error| panic!("{error}"));
    let seen = until(&mut output, "120").await;
    assert!(seen.contains("<yes>") && seen.contains("40 120"), "{seen}");
}

#[tokio::test]
async fn more_input_than_the_terminal_holds_waits_for_the_program() {
    let group = ProcessGroup::new();
    let command = "stty -icanon -echo min 1; echo ready; head -c 200000 | wc -c";
    let (handle, mut output) = spawn(&group, spec(command));
    until(&mut output, "ready").await;
    handle.write(&vec![b'x'; 200_000]).await.unwrap_or_else(|error| panic!("{error}"));
    until(&mut output, "200000").await;
}

#[tokio::test]
async fn a_persistent_shell_takes_lines_without_echo_or_prompt() {
    let group = ProcessGroup::new();
    let persistent = ShellSpec { id: "p".to_owned(), mode: ShellMode::Persistent, ..spec("x=1; echo first") };
    let (handle, mut output) = spawn(&group, persistent);
    assert_eq!(next(&mut output).await, Some(Output::Started));
    assert_eq!(until(&mut output, "first").await, "first\r\n");
    assert_eq!(next(&mut output).await, Some(Output::Idle));
    handle.write(b"echo second $x\n").await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(until(&mut output, "second").await, "second 1\r\n");
    assert_eq!(next(&mut output).await, Some(Output::Idle));
    assert!(group.shell("p").is_some());
    let stopping = Instant::now();
    let (stopped, rest) = tokio::join!(handle.stop(Duration::from_secs(10)), gather(output));
    stopped.unwrap_or_else(|error| panic!("{error}"));
    assert!(stopping.elapsed() < Duration::from_secs(5), "an idle shell ends at once");
    assert!(rest.exit.is_some() && group.shell("p").is_none());
}

#[tokio::test]
async fn what_cannot_start_says_so() {
    let group = ProcessGroup::new();
    let missing = ShellSpec { program: "/no/such/shell".into(), ..spec("true") };
    let error = group.spawn(missing).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("/no/such/shell") && error.contains("No such file"), "{error}");
    let nul = group.spawn(spec("a\0b")).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(nul.contains("NUL"), "{nul}");
}

#[tokio::test]
async fn a_line_comes_at_once() {
    let group = ProcessGroup::new();
    let (_handle, mut output) =
        spawn(&group, spec("for i in 1 2 3 4 5 6 7 8 9; do date +%s%N; sleep 0.02; done"));
    let mut delays = Vec::new();
    while let Some(piece) = next(&mut output).await {
        match piece {
            Output::Text(text) => {
                let now = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .map_or(0, |d| d.as_nanos());
                delays.push(now - text.trim().parse::<u128>().unwrap_or(now));
            }
            Output::Ended(_) => break,
            _ => {}
        }
    }
    assert_eq!(delays.len(), 9, "every line is an event of its own");
}
