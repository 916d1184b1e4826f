//! The command line of a shell: activation kept apart from the command, and signals out of band.
//!
//! Must not know: how the shell is started. The program never sees a prompt or an echo of its command; what it tells us besides its
//! output comes over [`STATUS_FD`]: the output of the activation, [`STARTED`], and [`IDLE`] whenever a persistent shell waits.

use crate::{ShellMode, ShellSpec};

/// Descriptor of the status pipe in the shell (one digit: all a POSIX shell can redirect).
pub(crate) const STATUS_FD: i32 = 9;
/// Descriptor the start-up commands of an interactive shell are read from.
pub(crate) const STARTUP_FD: i32 = 8;
/// The activation is over.
pub(crate) const STARTED: u8 = 0;
/// A persistent shell waits for the next line.
pub(crate) const IDLE: u8 = 1;

/// How to call the shell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// Arguments, the name first.
    pub(crate) args: Vec<String>,
    /// Commands read from [`STARTUP_FD`].
    pub(crate) startup: Option<String>,
    /// It reports over [`STATUS_FD`].
    pub(crate) reports: bool,
}

/// The call for this shell.
pub(crate) fn invocation(spec: &ShellSpec) -> Invocation {
    let name = spec.program.file_name().map_or_else(|| "bash".into(), |name| name.to_string_lossy());
    let is_bash = name == "bash";
    if spec.mode == ShellMode::Command || !is_bash {
        return command_line(spec, &name, is_bash);
    }
    let (persistent, startup) = (spec.mode == ShellMode::Persistent, startup(spec));
    let mut args =
        vec![name.into_owned(), "--noprofile".into(), "--rcfile".into(), format!("/dev/fd/{STARTUP_FD}")];
    args.extend(persistent.then(|| "--noediting".to_owned()));
    args.push("-i".to_owned());
    Invocation { args, startup: Some(startup), reports: true }
}

fn command_line(spec: &ShellSpec, name: &str, is_bash: bool) -> Invocation {
    let mut args = vec![name.to_owned()];
    if is_bash {
        args.extend(["--noprofile".to_owned(), "--norc".to_owned()]);
    }
    let reports = !spec.activation.is_empty();
    let text = if reports {
        format!("{}exec {STATUS_FD}>&-\n{}", activation(spec), spec.command)
    } else {
        spec.command.clone()
    };
    args.extend(["-c".to_owned(), text]);
    Invocation { args, startup: None, reports }
}

/// Runs the activation with its output on the status pipe, then says that the command starts.
fn activation(spec: &ShellSpec) -> String {
    let started = format!("printf '\\0' >&{STATUS_FD}\n");
    if spec.activation.is_empty() {
        return started;
    }
    format!(
        "{{\n{}\n}} >&{STATUS_FD} 2>&{STATUS_FD} </dev/null || exit\n{started}",
        spec.activation.join("\n")
    )
}

fn startup(spec: &ShellSpec) -> String {
    let quiet = format!("PS1= PS2=\nset +H\nPROMPT_COMMAND='printf \"\\1\" >&{STATUS_FD}'\n");
    let mode = if spec.mode == ShellMode::Persistent { quiet } else { "PS1='\\w\\$ '\n".to_owned() };
    format!("exec {STARTUP_FD}<&-\n{}{mode}{}\n", activation(spec), spec.command)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn spec(mode: ShellMode, activation: &[&str]) -> ShellSpec {
        ShellSpec {
            id: "s".into(),
            label: "l".into(),
            program: "/bin/bash".into(),
            mode,
            command: "echo hi".into(),
            activation: activation.iter().map(|line| (*line).to_owned()).collect(),
            cwd: "/".into(),
            env: BTreeMap::new(),
            cols: 80,
            rows: 24,
            limits: crate::ResourceLimits::default(),
        }
    }

    #[test]
    fn a_plain_command_is_handed_over_as_it_is() {
        let call = invocation(&spec(ShellMode::Command, &[]));
        assert_eq!(call.args, ["bash", "--noprofile", "--norc", "-c", "echo hi"]);
        assert!(!call.reports);
    }

    #[test]
    fn an_activation_reports_before_the_command() {
        let call = invocation(&spec(ShellMode::Command, &["source a"]));
        let text = "{\nsource a\n} >&9 2>&9 </dev/null || exit\nprintf '\\0' >&9\nexec 9>&-\necho hi";
        assert_eq!(call.args.last().map(String::as_str), Some(text));
        assert!(call.reports);
    }

    #[test]
    fn a_persistent_shell_has_neither_prompt_nor_editing() {
        let call = invocation(&spec(ShellMode::Persistent, &[]));
        assert_eq!(call.args, ["bash", "--noprofile", "--rcfile", "/dev/fd/8", "--noediting", "-i"]);
        assert!(call.startup.is_some_and(|text| text.contains("PS1= ") && text.ends_with("echo hi\n")));
    }
}
