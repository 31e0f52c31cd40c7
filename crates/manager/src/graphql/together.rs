//! What the rows of one page ask of the store together: once, when the first of them needs it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use rollcall_store::StoreError;
use tokio::sync::OnceCell;

use crate::error::told;

/// One answer for all rows of a page, by key; a row that is missing in it has the default.
pub(crate) struct Together<K, V> {
    keys: Vec<K>,
    found: OnceCell<HashMap<K, V>>,
}

impl<K: Clone + Eq + Hash, V: Clone + Default> Together<K, V> {
    pub(crate) fn new(keys: Vec<K>) -> Self {
        Self { keys, found: OnceCell::new() }
    }

    /// What is known of `key`; `load` runs for the first row that asks.
    pub(crate) async fn of<F>(&self, key: &K, load: impl FnOnce(Vec<K>) -> F) -> async_graphql::Result<V>
    where
        F: Future<Output = Result<HashMap<K, V>, StoreError>>,
    {
        let found = self.found.get_or_try_init(|| load(self.keys.clone())).await.map_err(told)?;
        Ok(found.get(key).cloned().unwrap_or_default())
    }
}

/// The same where each row may be asked several questions: one answer for each question.
pub(crate) struct TogetherBy<Q, K, V> {
    keys: Vec<K>,
    asked: Mutex<HashMap<Q, Arc<Together<K, V>>>>,
}

impl<Q: Eq + Hash, K: Clone + Eq + Hash, V: Clone + Default> TogetherBy<Q, K, V> {
    pub(crate) fn new(keys: Vec<K>) -> Self {
        Self { keys, asked: Mutex::default() }
    }

    pub(crate) fn by(&self, question: Q) -> Arc<Together<K, V>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(asked.entry(question).or_insert_with(|| Arc::new(Together::new(self.keys.clone()))))
    }
}
