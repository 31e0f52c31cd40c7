//! A column that a step leaves as it is, or sets.

/// Keep the value, or set another. `Option` would not do: "set to null" is a value here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// As it was.
    #[default]
    Keep,
    /// From now on.
    Set(T),
}

impl<T> Change<T> {
    /// The value after the change.
    pub fn over(self, old: T) -> T {
        match self {
            Self::Keep => old,
            Self::Set(new) => new,
        }
    }
}
