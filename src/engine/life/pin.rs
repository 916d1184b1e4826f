//! Pinning: an app stays at a commit until it is let go.
//!
//! Must not know: updates, beyond refusing them.

use pino_source::Revision;
use pino_state::{AppDetails, AppState};
use serde::Serialize;

use super::{Attendance, Life, LifeError, lock};

/// Where an app is pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pinned {
    /// Name of the app.
    pub app: String,
    /// It is pinned now.
    pub pinned: bool,
    /// The commit it stands at.
    pub commit: String,
}

impl Life {
    /// Pins an app to where it is, or to a branch's tip, tag or commit, which it goes to first.
    pub async fn pin(
        &self,
        app: &str,
        revision: Option<&str>,
        attendance: &Attendance,
    ) -> Result<Pinned, LifeError> {
        let folder = self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        if let Some(revision) = revision {
            self.refuse_running(app)?;
            self.take_snapshot(app, "before pinning", attendance).await?;
            let revision = Revision::Named(revision.to_owned());
            let work = move |source: &pino_source::Source, watch: &pino_source::Watch<'_>| {
                let target = source.compare(&folder, Some(&revision), watch)?.target;
                source.go_to(&folder, &target, false, watch)
            };
            self.repositories.work(attendance, work).await?;
        }
        self.set_pinned(app, true)
    }

    /// Lets an app be updated again.
    pub fn unpin(&self, app: &str) -> Result<Pinned, LifeError> {
        self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        self.set_pinned(app, false)
    }

    fn set_pinned(&self, app: &str, pinned: bool) -> Result<Pinned, LifeError> {
        let head = self.repositories.source().head(&self.folder(app))?;
        let known = self.state.apps().add(app, AppState::Installed)?;
        let details = AppDetails { pinned, commit: Some(head.commit.clone()), ..known.row().details.clone() };
        self.state.apps().describe(app, details)?;
        Ok(Pinned { app: app.to_owned(), pinned, commit: head.commit })
    }

    pub(crate) fn refuse_pinned(&self, app: &str) -> Result<(), LifeError> {
        let details = self.app(app)?.map(|known| known.row().details.clone()).unwrap_or_default();
        if details.pinned {
            let commit = details.commit.unwrap_or_default();
            return Err(LifeError::Pinned { app: app.to_owned(), commit });
        }
        Ok(())
    }
}
