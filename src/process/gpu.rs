//! The last part of the proof of a stop: memory of GPUs was given back.
//!
//! Must not know: drivers. Who can ask them hands in a [`GpuProbe`].

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a driver may need to give memory back after its process has ended.
const LIMIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Tells which processes hold memory of a GPU; `None` when the machine cannot tell.
#[derive(Clone)]
pub struct GpuProbe(pub Arc<dyn Fn() -> Option<Vec<i32>> + Send + Sync>);

impl fmt::Debug for GpuProbe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GpuProbe")
    }
}

impl GpuProbe {
    /// Waits until none of these processes, which have ended, holds memory. What is still held then is told, not waited for without
    /// end: it is the driver's affair.
    pub(crate) async fn until_released(&self, pids: &[i32]) {
        let until = Instant::now() + LIMIT;
        while !pids.is_empty() {
            let probe = Arc::clone(&self.0);
            let Ok(Some(holders)) = tokio::task::spawn_blocking(move || probe()).await else { return };
            let held: Vec<i32> = holders.into_iter().filter(|pid| pids.contains(pid)).collect();
            if held.is_empty() {
                return;
            }
            if Instant::now() > until {
                tracing::warn!(pids = ?held, "processes that have ended still hold memory of a GPU; look at `nvidia-smi`");
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn probe(answers: &[Option<&[i32]>]) -> (GpuProbe, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let answers: Vec<_> = answers.iter().map(|answer| answer.map(<[i32]>::to_vec)).collect();
        let answer = move || answers.get(count.fetch_add(1, Ordering::Relaxed)).cloned().flatten();
        (GpuProbe(Arc::new(answer)), asked)
    }

    async fn asked(answers: &[Option<&[i32]>]) -> usize {
        let (probe, asked) = probe(answers);
        probe.until_released(&[7, 8]).await;
        asked.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn it_is_asked_until_the_memory_is_free() {
        assert_eq!(asked(&[Some(&[7, 8]), Some(&[8, 9]), Some(&[9])]).await, 3);
        assert_eq!(asked(&[None]).await, 1);
        assert_eq!(asked(&[Some(&[])]).await, 1);
        let (probe, asked) = probe(&[Some(&[7])]);
        probe.until_released(&[]).await;
        assert_eq!(asked.load(Ordering::Relaxed), 0, "nothing has ended");
    }
}
