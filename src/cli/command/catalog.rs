//! `pino catalog`: search the list of known apps, look at one, fetch a newer list.
//!
//! Must not know: where the list comes from.

use std::{fmt::Write as _, path::Path, process::ExitCode};

use clap::Subcommand;
use pino_model::Problem;
use pino_server::catalog::{
    AppCatalog, AppCatalogError,
    data::{
        Accelerator, App, CatalogError, Category, Filter, Fit, IndexSource, Need, Origin, facets, fit,
        similar,
    },
    refresh, this_machine,
};
use serde_json::json;

use crate::{
    client::{CommandError, Common, print_json},
    report,
};

/// Arguments of `pino catalog`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Find apps by words; without words all that meet the filter
    Search {
        /// What to look for
        words: Vec<String>,
        /// Only this shelf
        #[arg(long, value_parser = parsed::<Category>)]
        category: Option<Category>,
        /// Only apps with this tag (may be given several times)
        #[arg(long)]
        tag: Vec<String>,
        /// Only apps for this hardware: nvidia, amd, apple, cpu
        #[arg(long, value_parser = parsed::<Accelerator>)]
        gpu: Option<Accelerator>,
        /// Only apps that are not known to need more than this machine has
        #[arg(long)]
        fits: bool,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        common: Common,
    },
    /// Say everything about one app, and which are like it
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// Fetch the published list; it is used only when its signature fits
    Refresh {
        /// Address of the list (its signature lies at the same address with .minisig appended)
        #[arg(long, requires = "key")]
        url: Option<String>,
        /// The publisher's minisign public key
        #[arg(long, requires = "url")]
        key: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

impl Action {
    fn common(&self) -> &Common {
        match self {
            Self::Search { common, .. } | Self::Show { common, .. } | Self::Refresh { common, .. } => common,
        }
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Answers: 0, 4 when there is no such app, 1 when a list cannot be fetched.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.action.common().clone();
    common.run(async {
        let home = pino_engine::home::planned(common.home.as_deref())?;
        match arguments.action {
            Action::Search { words, category, tag, gpu, fits, limit, .. } => {
                let machine = fits.then(|| this_machine(&home));
                let filter = Filter { category, tags: tag, platform: None, accelerator: gpu, machine };
                search(&home, &words.join(" "), &filter, limit, common.json)?;
            }
            Action::Show { id, .. } => show(&home, &id, common.json)?,
            Action::Refresh { url, key, .. } => {
                let source = url.zip(key).map(|(url, public_key)| IndexSource { url, public_key });
                let refreshed = refresh(&home, source).await.map_err(refused)?;
                if common.json {
                    print_json(&json!({"apps": refreshed.apps}));
                } else {
                    report::print(&format!("{} apps are in the list now in use\n", refreshed.apps));
                }
            }
        }
        Ok(0)
    })
}

fn refused(error: AppCatalogError) -> CommandError {
    let is_missing = matches!(&error, AppCatalogError::Catalog(CatalogError::NoSuchApp { .. }));
    let code = if is_missing { "no-app" } else { "catalog" };
    CommandError::Refused(Problem { code: code.to_owned(), message: error.to_string(), next: None })
}

fn open(home: &Path) -> Result<AppCatalog, CommandError> {
    let catalog = AppCatalog::open(home).map_err(refused)?;
    if let Origin::BundledBecause(reason) = catalog.list().origin() {
        report::notice(&format!("the bundled list is used: {reason}"));
    }
    Ok(catalog)
}

fn search(home: &Path, words: &str, filter: &Filter, limit: usize, json: bool) -> Result<(), CommandError> {
    let catalog = open(home)?;
    let all = catalog.search(words, filter, usize::MAX).map_err(refused)?;
    let facets = facets(all.iter().copied());
    let shown = &all[..all.len().min(limit)];
    if json {
        print_json(&json!({"apps": shown, "found": all.len(), "facets": facets}));
        return Ok(());
    }
    if shown.is_empty() {
        report::print("nothing found; try fewer words, or `pino catalog search` for everything\n");
        return Ok(());
    }
    let mut text = String::new();
    for app in shown {
        // writing into a string cannot fail
        let _ = writeln!(text, "{:<28} {:<13} {}", app.id, app.category.word(), app.description);
    }
    let shelves: Vec<String> =
        facets.categories.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let _ = writeln!(text, "\n{} of {} apps; {}", shown.len(), all.len(), shelves.join(", "));
    report::print(&text);
    Ok(())
}

fn show(home: &Path, id: &str, json: bool) -> Result<(), CommandError> {
    let catalog = open(home)?;
    let app = catalog.list().get(id).map_err(|error| refused(error.into()))?;
    let machine = this_machine(home);
    let like: Vec<&str> = similar(catalog.list(), app, 5).iter().map(|app| app.id.as_str()).collect();
    let (verdict, reasons) = match fit(app, &machine) {
        Fit::Fits => ("fits", Vec::new()),
        Fit::Unknown(unknown) => {
            ("unknown", unknown.into_iter().map(|need| format!("{need} unknown")).collect())
        }
        Fit::TooSmall(reasons) => ("does not fit", reasons),
    };
    if json {
        print_json(
            &json!({"app": app, "this_machine": {"verdict": verdict, "reasons": reasons}, "like": like}),
        );
    } else {
        report::print(&described(app, verdict, &reasons, &like));
    }
    Ok(())
}

fn described(app: &App, verdict: &str, reasons: &[String], like: &[&str]) -> String {
    let need = |need: &Need| need.gib().map_or_else(|| "unknown".to_owned(), |gib| format!("{gib} GiB"));
    let platforms: Vec<&str> = app.platforms.iter().map(|platform| platform.word()).collect();
    let accelerators: Vec<&str> = app.accelerators.iter().map(|kind| kind.word()).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    let rows = [
        ("category", format!("{} · {}", app.category.word(), app.tags.join(", "))),
        ("launcher", app.repository.clone()),
        ("project", app.upstream.clone().unwrap_or_else(|| "unknown".to_owned())),
        ("licence", app.licence.clone()),
        ("runs on", format!("{} · {}", platforms.join(", "), accelerators.join(", "))),
        (
            "needs",
            format!(
                "GPU memory {}, memory {}, disk {}",
                need(&app.needs.vram),
                need(&app.needs.ram),
                need(&app.needs.disk)
            ),
        ),
        ("here", format!("{verdict}{reasons}")),
        ("mind", app.policy.join(", ")),
        ("like it", like.join(", ")),
    ];
    let mut text = format!("{} – {}\n\n", app.title, app.description);
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "  {name:<9} {value}"); // writing into a string cannot fail
    }
    let _ = writeln!(text, "\n  pino install {}", app.id);
    text
}
