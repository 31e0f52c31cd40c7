//! What is counted of sessions while they live: steps, and how long a start took.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use rollcall_model::session::Session;
use rollcall_model::status::Step;
use rollcall_store::Advance;

/// A step by its name. The state machine has a dozen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StepLabel {
    /// As the history has it.
    pub step: &'static str,
}

/// Counted by this process since its start. Cheap to clone: all clones count together.
#[derive(Clone, Debug)]
pub struct Meters {
    /// Steps taken.
    pub steps: Family<StepLabel, Counter>,
    /// Seconds from the request, or from the time it was to start at, to RUNNING.
    pub seconds_to_running: Histogram,
}

/// From a start on an idle machine to an evening in the queue.
const SECONDS: [f64; 13] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 10_800.0];

impl Default for Meters {
    fn default() -> Self {
        let meters = Self { steps: Family::default(), seconds_to_running: Histogram::new(SECONDS) };
        for step in Step::ALL {
            meters.of(step);
        }
        meters
    }
}

impl Meters {
    /// From the start on there is a zero of each: a rate needs a value before the first.
    fn of(&self, step: Step) -> Counter {
        self.steps.get_or_create_owned(&StepLabel { step: step.as_str() })
    }

    pub(crate) fn taken(&self, advance: &Advance, session: &Session) {
        self.of(advance.step).inc();
        if advance.step == Step::Start {
            let asked = session.starts_at.map_or(session.created_at, |at| at.max(session.created_at));
            let waited = (advance.at - asked).to_std().unwrap_or_default();
            self.seconds_to_running.observe(waited.as_secs_f64());
        }
    }
}
