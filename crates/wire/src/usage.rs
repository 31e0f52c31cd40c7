//! Bodies of the usage reports and of the month's chart (`rest.md` §7).

use chrono::NaiveDate;
use rollcall_model::Timestamp;
use rollcall_model::ids::{DomainName, GroupId};
use rollcall_model::stats::KernelStats;
use rollcall_model::time::print_spaced;
use rollcall_model::usage::{Point, UsedKernel, Window, accelerator, thousandths};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::parameters::Parameters;
use crate::printed::optional;
use crate::problem::Problem;

/// A usage report over a time, of some projects or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRequest {
    /// `None` is all.
    pub groups: Option<Vec<GroupId>>,
    /// The time.
    pub window: Window,
}

impl UsageRequest {
    /// `GET /resource/usage/month`.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn month(mut parameters: Parameters) -> Result<Self, Problem> {
        let groups = parameters.take(&["group_ids"]).map(|(name, value)| match group_ids(&value) {
            Some(ids) => ids,
            None => {
                parameters.wrong(name, "value is not a list of uuids");
                Vec::new()
            }
        });
        let month = parameters.required_text(&["month"], "month");
        let first = digits(&month, 6).and_then(|text| day(&format!("{text}01")));
        let window = first.and_then(|first| Window::month(first).ok());
        if window.is_none() && !parameters.is_wrong("month") {
            parameters.wrong("month", "value is not a month as yyyymm");
        }
        finished(parameters, groups, window)
    }

    /// `GET /resource/usage/period`.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn period(mut parameters: Parameters) -> Result<Self, Problem> {
        parameters.must_be_there("group_id");
        let groups = parameters.uuid(&["group_id"]).map(|id| vec![GroupId(id)]);
        let days = [date(&mut parameters, "start_date"), date(&mut parameters, "end_date")];
        let window = match days {
            [Some(first), Some(last)] => match Window::days(first, last) {
                Ok(window) => Some(window),
                Err(reason) => {
                    parameters.wrong("end_date", reason.to_string());
                    None
                }
            },
            _ => None,
        };
        finished(parameters, groups, window)
    }
}

fn finished(
    parameters: Parameters,
    groups: Option<Vec<GroupId>>,
    window: Option<Window>,
) -> Result<UsageRequest, Problem> {
    let window = parameters.finish(window)?;
    let window = window.ok_or_else(|| Problem::new(crate::ProblemType::InvalidApiParams))?;
    Ok(UsageRequest { groups, window })
}

/// A list of ids. The Python command line puts several into one text, with commas between them.
fn group_ids(value: &Value) -> Option<Vec<GroupId>> {
    let texts: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
    let ids = texts?.into_iter().flat_map(|text| text.split(','));
    ids.map(|id| Uuid::parse_str(id.trim()).ok().map(GroupId)).collect()
}

fn date(parameters: &mut Parameters, name: &'static str) -> Option<NaiveDate> {
    let text = parameters.required_text(&[name], name);
    let date = digits(&text, 8).and_then(day);
    if date.is_none() && !parameters.is_wrong(name) {
        parameters.wrong(name, "value is not a date as yyyymmdd");
    }
    date
}

fn digits(text: &str, length: usize) -> Option<&str> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn day(text: &str) -> Option<NaiveDate> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(i32::try_from(part(0..4)?).ok()?, part(4..6)?, part(6..8)?)
}

/// What the containers of one project used together, and the project.
#[derive(Clone, Debug, Default)]
pub struct ProjectSum {
    cpu_milli: i128,
    cpu_used_us: i128,
    mem: i128,
    mem_used: i128,
    shared_memory: i128,
    disk_used: i128,
    io_read: i128,
    io_write: i128,
    gpu_mem: i128,
    gpu_milli: i128,
    devices: Vec<String>,
}

impl ProjectSum {
    /// Adds a container.
    pub fn add(&mut self, kernel: &UsedKernel) {
        let parts = Parts::of(kernel);
        self.cpu_milli += i128::from(parts.cpu_milli);
        self.cpu_used_us += i128::from(parts.stats.cpu_used_us);
        self.mem += i128::from(parts.mem);
        self.mem_used += i128::from(parts.stats.mem_max_bytes);
        self.shared_memory += i128::from(kernel.shared_memory);
        self.disk_used += i128::from(parts.stats.scratch_max_bytes);
        self.io_read += i128::from(parts.stats.io_read_bytes);
        self.io_write += i128::from(parts.stats.io_write_bytes);
        self.gpu_mem += i128::from(parts.gpu_mem);
        self.gpu_milli += i128::from(parts.gpu_milli);
        for device in parts.devices.into_iter().filter(|device| !self.devices.contains(device)).collect::<Vec<_>>() {
            self.devices.push(device);
        }
    }

    /// What is told of the project itself, without its containers.
    #[must_use]
    pub fn head(domain: &DomainName, id: GroupId, name: &str) -> Map<String, Value> {
        Map::from_iter([
            ("domain_name".to_owned(), json!(domain.as_str())),
            ("g_id".to_owned(), json!(id.to_string())),
            ("g_name".to_owned(), json!(name)),
        ])
    }

    /// The sums.
    #[must_use]
    pub fn figures(&self) -> Map<String, Value> {
        let figures = [
            ("g_cpu_allocated", milli(self.cpu_milli)),
            ("g_cpu_used", milli(self.cpu_used_us / 1000)),
            ("g_mem_allocated", whole(self.mem)),
            ("g_mem_used", whole(self.mem_used)),
            ("g_shared_memory", whole(self.shared_memory)),
            ("g_disk_allocated", json!(0)),
            ("g_disk_used", whole(self.disk_used)),
            ("g_io_read", whole(self.io_read)),
            ("g_io_write", whole(self.io_write)),
            ("g_device_type", json!(self.devices)),
            ("g_smp", milli(self.cpu_milli)),
            ("g_gpu_mem_allocated", whole(self.gpu_mem)),
            ("g_gpu_allocated", milli(self.gpu_milli)),
        ];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The figures of one container.
struct Parts {
    cpu_milli: i64,
    mem: i64,
    gpu_mem: i64,
    gpu_milli: i64,
    devices: Vec<String>,
    stats: KernelStats,
}

impl Parts {
    fn of(kernel: &UsedKernel) -> Self {
        let slots = &kernel.share.slots;
        let bytes = |name: &str| thousandths(slots.get(name)) / 1000;
        let gpu_mem = slots.iter().filter(|(name, _)| *name != "mem" && name.ends_with(".mem"));
        let mut devices: Vec<String> =
            slots.iter().filter_map(|(name, _)| accelerator(name)).map(str::to_owned).collect();
        devices.dedup();
        Self {
            cpu_milli: thousandths(slots.get("cpu")),
            mem: bytes("mem"),
            gpu_mem: gpu_mem.map(|(name, _)| bytes(name)).fold(0, i64::saturating_add),
            gpu_milli: thousandths(kernel.share.accelerators()),
            devices,
            stats: kernel.share.last_stat.unwrap_or_default(),
        }
    }
}

/// One container of a project's list. Processor time is in seconds, and `smp` is what clients print as
/// cores. No folder is on any host here, so `nfs` is null.
#[must_use]
pub fn container(kernel: &UsedKernel) -> Value {
    let parts = Parts::of(kernel);
    let share = &kernel.share;
    let lasted = share.ended.map(|ended| (ended - share.began).num_milliseconds().max(0));
    json!({
        "id": share.kernel.to_string(),
        "container_id": kernel.container_id,
        "domain_name": kernel.domain.as_str(),
        "group_id": kernel.group_id.to_string(),
        "group_name": kernel.group_name,
        "name": kernel.session_name,
        "access_key": kernel.access_key.as_str(),
        "email": kernel.user_email,
        "agent": kernel.agent.as_ref().map(|agent| agent.as_str()),
        "cpu_allocated": milli(parts.cpu_milli.into()),
        "cpu_used": milli((parts.stats.cpu_used_us / 1000).into()),
        "mem_allocated": parts.mem,
        "mem_used": parts.stats.mem_max_bytes,
        "shared_memory": kernel.shared_memory,
        "disk_allocated": 0,
        "disk_used": parts.stats.scratch_max_bytes,
        "io_read": parts.stats.io_read_bytes,
        "io_write": parts.stats.io_write_bytes,
        "used_time": lasted.map(clock),
        "used_days": lasted.map(|lasted| lasted / (24 * 3_600_000)),
        "device_type": parts.devices,
        "smp": milli(parts.cpu_milli.into()),
        "gpu_mem_allocated": parts.gpu_mem,
        "gpu_allocated": milli(parts.gpu_milli.into()),
        "nfs": null,
        "image_id": kernel.image,
        "image_name": image_name(&kernel.image),
        "created_at": print_spaced(kernel.created_at),
        "terminated_at": printed(share.ended),
        "status": kernel.status.as_str(),
        "status_changed": printed(kernel.status_changed),
    })
}

fn printed(at: Option<Timestamp>) -> String {
    optional(at.map(print_spaced).as_deref())
}

/// The last part of a canonical reference.
fn image_name(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

/// `1:02:03.45`; hours go on beyond a day.
fn clock(milliseconds: i64) -> String {
    let (seconds, hundredths) = (milliseconds / 1000, milliseconds % 1000 / 10);
    format!("{}:{:02}:{:02}.{hundredths:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Thousandths as a number; whole ones without a fraction.
fn milli(thousandths: i128) -> Value {
    if thousandths % 1000 == 0 {
        return whole(thousandths / 1000);
    }
    // No sum of three places that a person could reach is beyond what a float tells apart.
    #[allow(clippy::cast_precision_loss)]
    let number = thousandths as f64 / 1000.0;
    json!(number)
}

fn whole(number: i128) -> Value {
    json!(i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX }))
}

/// A point of the month's chart. The blank in the last key is the contract's.
#[must_use]
pub fn point(moment: i64, sums: &Point) -> Value {
    json!({
        "date": moment,
        "num_sessions": {"value": whole(sums.sessions), "unit_hint": "count"},
        "cpu_allocated": {"value": milli(sums.cpu_milli), "unit_hint": "count"},
        "mem_allocated": {"value": whole(sums.mem_bytes), "unit_hint": "bytes"},
        "gpu_allocated": {"value": milli(sums.gpu_milli), "unit_hint": "count"},
        "io_read_bytes": {"value": whole(sums.io_read_bytes), "unit_hint": "bytes"},
        "io_write_bytes": {"value": whole(sums.io_write_bytes), "unit_hint": "bytes"},
        "disk_used": {"value ": whole(sums.disk_bytes), "unit_hint": "bytes"},
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn parameters(value: Value) -> Parameters {
        Parameters::of_request(None, value.to_string().as_bytes()).unwrap()
    }

    fn wrong(read: Result<UsageRequest, Problem>) -> Value {
        read.unwrap_err().to_json()["data"].clone()
    }

    #[test]
    fn what_is_wrong_with_a_month_is_named() {
        let id = Uuid::nil();
        let read = |value| UsageRequest::month(parameters(value));
        let good = read(json!({"month": "202402", "group_ids": [id.to_string()]})).unwrap();
        assert_eq!(
            (good.groups, good.window.from().to_rfc3339()),
            (Some(vec![GroupId(id)]), "2024-02-01T00:00:00+00:00".into())
        );
        assert_eq!(read(json!({"month": "202402", "group_ids": null})).unwrap().groups, None);
        let several = read(json!({"month": "202402", "group_ids": [format!("{id}, {}", Uuid::max())]})).unwrap();
        assert_eq!(several.groups, Some(vec![GroupId(id), GroupId(Uuid::max())]));
        for month in ["2024-2", "202413", "202400", "20240201", "+20240", "２０２４０２", "000000"] {
            assert_eq!(
                wrong(read(json!({"month": month}))),
                json!({"month": "value is not a month as yyyymm"}),
                "{month}"
            );
        }
        assert_eq!(wrong(read(json!({}))), json!({"month": "is required"}));
        assert_eq!(wrong(read(json!({"month": 202402}))), json!({"month": "value is not a string"}));
        for groups in [json!("x"), json!(["x"]), json!([5])] {
            let data = wrong(read(json!({"month": "202402", "group_ids": groups})));
            assert_eq!(data, json!({"group_ids": "value is not a list of uuids"}));
        }
    }

    #[test]
    fn what_is_wrong_with_a_period_is_named() {
        let read = |start: &str, end: &str| {
            UsageRequest::period(parameters(json!({"group_id": null, "start_date": start, "end_date": end})))
        };
        assert_eq!(read("20240101", "20240409").unwrap().groups, None);
        assert_eq!(wrong(read("20240101", "20240410")), json!({"end_date": "more than 100 days in all"}));
        assert_eq!(wrong(read("20240102", "20240101")), json!({"end_date": "before the start date"}));
        let no_date = "value is not a date as yyyymmdd";
        assert_eq!(wrong(read("20230229", "x")), json!({"start_date": no_date, "end_date": no_date}));
        let missing = wrong(UsageRequest::period(parameters(json!({"end_date": "20240101"}))));
        assert_eq!(missing, json!({"group_id": "is required", "start_date": "is required"}));
        let id = json!({"group_id": "default", "start_date": "20240101", "end_date": "20240101"});
        assert_eq!(wrong(UsageRequest::period(parameters(id))), json!({"group_id": "value is not a uuid"}));
    }

    #[test]
    fn figures_are_numbers() {
        assert_eq!([clock(3_723_450), clock(9), clock(360_000_000)], ["1:02:03.45", "0:00:00.00", "100:00:00.00"]);
        assert_eq!([milli(1500), milli(-2000), milli(0)], [json!(1.5), json!(-2), json!(0)]);
        assert_eq!(image_name("local.rollcall/rollcall/python:3.9"), "python:3.9");
        let point = point(900, &Point { sessions: 2, cpu_milli: 500, ..Point::default() });
        assert_eq!(point["disk_used"], json!({"value ": 0, "unit_hint": "bytes"}));
        assert_eq!((&point["num_sessions"]["value"], &point["cpu_allocated"]["value"]), (&json!(2), &json!(0.5)));
    }
}
