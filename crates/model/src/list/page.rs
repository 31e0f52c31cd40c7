//! A page by limit and offset.

/// The highest `limit`.
pub const MAX_LIMIT: i64 = 1000;

/// A checked page: at most [`MAX_LIMIT`] rows after any number of skipped ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    limit: u32,
    offset: u64,
}

/// The numbers make no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// `limit` is negative or above [`MAX_LIMIT`].
    #[error("limit must be between 0 and {MAX_LIMIT}")]
    Limit,
    /// `offset` is negative.
    #[error("offset must not be negative")]
    Offset,
}

impl Page {
    /// Checks both numbers.
    ///
    /// # Errors
    /// [`PageError`] names the one that is out of range.
    pub fn new(limit: i64, offset: i64) -> Result<Self, PageError> {
        if !(0..=MAX_LIMIT).contains(&limit) {
            return Err(PageError::Limit);
        }
        Ok(Self {
            limit: u32::try_from(limit).map_err(|_| PageError::Limit)?,
            offset: u64::try_from(offset).map_err(|_| PageError::Offset)?,
        })
    }

    /// Rows at most.
    #[must_use]
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// Rows skipped.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.offset
    }
}
