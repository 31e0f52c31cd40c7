//! What a creator asked for against what the image needs: the amounts of each kernel.

use std::collections::BTreeSet;

use rollcall_model::image::Image;
use rollcall_model::slots::{Amount, SlotKind, Slots};
use serde_json::{Map, Value, json};

use crate::error::LifecycleError;

/// Label of an image that wants another amount of shared memory than [`DEFAULT_SHMEM`].
const SHMEM_LABEL: &str = "ai.backend.resource.preferred.shmem";
const DEFAULT_SHMEM: &str = "64m";

/// The settled amounts of one kernel.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// Slots.
    pub(crate) slots: Slots,
    /// `shmem` in bytes beside whatever the creator passed.
    pub(crate) resource_opts: Value,
}

/// Reads the request, fills what is missing from the image's minimum, and checks both ends.
pub(crate) fn settle(
    image: &Image,
    known: &BTreeSet<String>,
    resources: &Map<String, Value>,
    options: &Map<String, Value>,
) -> Result<Demand, LifecycleError> {
    let asked = read(known, resources)?;
    let shmem = shared_memory(image, options)?;
    let minimum = minimum(image, shmem)?;
    let slots = fill(asked, &minimum);
    if !minimum.fits_into(&slots) {
        return Err(LifecycleError::invalid(format!(
            "Your resource request is smaller than the minimum required by the image. ({minimum})"
        )));
    }
    check_maximum(image, &slots)?;
    let mut resource_opts = options.clone();
    resource_opts.insert("shmem".to_owned(), json!(bytes(shmem)));
    Ok(Demand { slots, resource_opts: Value::Object(resource_opts) })
}

fn read(known: &BTreeSet<String>, resources: &Map<String, Value>) -> Result<Slots, LifecycleError> {
    let given: Map<String, Value> = resources
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(unknown) = given.keys().find(|name| !known.contains(*name)) {
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let text = format!("Unknown resource slot `{unknown}`: this server knows {}.", names.join(", "));
        return Err(LifecycleError::invalid(text));
    }
    let slots = Slots::parse(&given).map_err(|error| LifecycleError::parameter("resources", error.to_string()))?;
    if let Some((name, _)) = slots.iter().find(|(_, amount)| amount.finite().is_none()) {
        return Err(LifecycleError::parameter("resources", format!("{name}: give a finite amount")));
    }
    Ok(slots)
}

fn shared_memory(image: &Image, options: &Map<String, Value>) -> Result<Amount, LifecycleError> {
    let kind = SlotKind::of("mem");
    let label = image.labels.iter().find(|(name, _)| name == SHMEM_LABEL).map(|(_, value)| value.as_str());
    let amount = match options.get("shmem").filter(|value| !value.is_null()) {
        Some(asked) => Amount::from_json(kind, asked),
        None => Amount::parse(kind, label.unwrap_or(DEFAULT_SHMEM)),
    };
    let amount = amount.map_err(|error| LifecycleError::parameter("resource_opts", format!("shmem: {error}")))?;
    match amount.finite() {
        Some(_) => Ok(amount),
        None => Err(LifecycleError::parameter("resource_opts", "shmem: give a finite amount")),
    }
}

/// The image's minimum, whose memory is raised by the shared memory.
fn minimum(image: &Image, shmem: Amount) -> Result<Slots, LifecycleError> {
    let mut minimum = Slots::default();
    for limit in &image.limits {
        minimum.set(&limit.key, limit_amount(&limit.key, &limit.min)?);
    }
    let too_much = || LifecycleError::parameter("resource_opts", "shmem: too much");
    let memory = minimum.get("mem").checked_add(shmem).ok_or_else(too_much)?;
    minimum.set("mem", memory);
    Ok(minimum)
}

fn limit_amount(name: &str, text: &str) -> Result<Amount, LifecycleError> {
    Amount::parse(SlotKind::of(name), text)
        .map_err(|error| LifecycleError::invalid(format!("The image's own limit of {name} cannot be read: {error}")))
}

/// Missing or zero `cpu` and `mem` become the minimum; other slots stay as asked for.
fn fill(mut slots: Slots, minimum: &Slots) -> Slots {
    for name in ["cpu", "mem"] {
        if slots.get(name).is_zero() {
            slots.set(name, minimum.get(name));
        }
    }
    slots
}

fn check_maximum(image: &Image, slots: &Slots) -> Result<(), LifecycleError> {
    for limit in &image.limits {
        let Some(max) = &limit.max else { continue };
        let max = limit_amount(&limit.key, max)?;
        if slots.get(&limit.key) > max {
            let max = max.human(SlotKind::of(&limit.key));
            let text =
                format!("Your resource request is larger than the maximum allowed by the image. ({}={max})", limit.key);
            return Err(LifecycleError::invalid(text));
        }
    }
    Ok(())
}

fn bytes(amount: Amount) -> i64 {
    let mut slots = Slots::default();
    slots.set("mem", amount);
    slots.mem()
}
