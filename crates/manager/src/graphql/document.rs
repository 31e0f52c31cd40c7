//! A query's text, read once: how much it asks for when its fragments are written out, and the
//! order in which its answer must come.

use std::collections::HashMap;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, ServerError, Value};

/// Selections with every fragment written out. A page with all fields is near 100, the introspection
/// of common tools near 200.
const MAX_SELECTIONS: usize = 5000;
/// Sets inside each other, fragments counted; the schema's own limit of fields is lower.
const MAX_NESTING: usize = 64;

/// Reads `query`, and refuses one whose fragments would multiply: whoever checks or executes it
/// walks through each of them anew, without a pause in which a time limit could end it.
pub(super) fn read(query: &str) -> Result<ExecutableDocument, ServerError> {
    let document = parse_query(query)?;
    let mut known = HashMap::new();
    let mut total = 0_usize;
    for (_, operation) in document.operations.iter() {
        total = total.saturating_add(size(&document, &operation.node.selection_set.node, &mut known, 0));
    }
    // Rules look at fragments that nothing spreads, too.
    for fragment in document.fragments.values() {
        total = total.max(size(&document, &fragment.node.selection_set.node, &mut known, 0));
    }
    if total > MAX_SELECTIONS {
        return Err(ServerError::new("Query is too complex.", None));
    }
    Ok(document)
}

/// Each fragment is measured once; one inside itself has no end.
fn size<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    known: &mut HashMap<&'a Name, usize>,
    nesting: usize,
) -> usize {
    if nesting > MAX_NESTING {
        return usize::MAX;
    }
    let mut total = 0_usize;
    for selection in &set.items {
        let inside = match &selection.node {
            Selection::Field(field) => size(document, &field.node.selection_set.node, known, nesting + 1),
            Selection::InlineFragment(inline) => size(document, &inline.node.selection_set.node, known, nesting + 1),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                match (known.get(name), document.fragments.get(name)) {
                    (Some(size), _) => *size,
                    (None, Some(fragment)) => {
                        // Until it is measured: only the fragment itself can ask.
                        known.insert(name, usize::MAX);
                        let inside = size(document, &fragment.node.selection_set.node, known, nesting + 1);
                        known.insert(name, inside);
                        inside
                    }
                    (None, None) => 0,
                }
            }
        };
        total = total.saturating_add(inside).saturating_add(1);
    }
    total
}

/// The keys of an answer in the order of the query's selection, and those inside each.
#[derive(Debug, Default)]
pub(super) struct Shape {
    inside: Vec<Shape>,
    ranks: HashMap<Name, usize>,
}

impl Shape {
    /// Of the operation called `name`, or of the only one.
    pub(super) fn of(document: &ExecutableDocument, name: Option<&str>) -> Self {
        let mut operations = document.operations.iter();
        let operation = operations.find(|(known, _)| name.is_none() || known.map(Name::as_str) == name);
        let mut shape = Self::default();
        if let Some((_, operation)) = operation.or_else(|| document.operations.iter().next()) {
            shape.add(document, &operation.node.selection_set.node);
        }
        shape
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let next = self.inside.len();
                    let rank = *self.ranks.entry(field.node.response_key().node.clone()).or_insert(next);
                    if rank == next {
                        self.inside.push(Self::default());
                    }
                    if let Some(inside) = self.inside.get_mut(rank) {
                        inside.add(document, &field.node.selection_set.node);
                    }
                }
                Selection::InlineFragment(inline) => self.add(document, &inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// Puts an answer in order. It comes in the order in which its fields were ready: those that had
    /// to ask the store or a machine come last.
    pub(super) fn order(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let rank = |name: &Name| self.ranks.get(name).copied().unwrap_or(usize::MAX);
                if !fields.keys().map(rank).is_sorted() {
                    fields.sort_by(|one, _, other, _| rank(one).cmp(&rank(other)));
                }
                for (name, value) in fields.iter_mut() {
                    if let Some(inside) = self.inside.get(rank(name)) {
                        inside.order(value);
                    }
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.order(item)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn bomb(fragments: usize) -> String {
        let doubled = (0..fragments).map(|i| format!("fragment A{i} on Q {{ ...A{} ...A{} }} ", i + 1, i + 1));
        format!("{{ ...A0 }} {}fragment A{fragments} on Q {{ a }}", doubled.collect::<String>())
    }

    #[test]
    fn fragments_that_multiply_are_refused_before_they_are_written_out() {
        assert!(read(&bomb(3)).is_ok());
        for query in
            [&bomb(30), "{ ...A } fragment A on Q { ...A ...A }", &format!("{{ a }} {}", bomb(28).split_off(9))]
        {
            assert_eq!(read(query).unwrap_err().message, "Query is too complex.");
        }
    }

    #[test]
    fn answers_take_the_order_of_the_selection() {
        let document = read("query Z { z } query A { b ...F a { y x } c: b } fragment F on Q { d a { w } }").unwrap();
        let late = json!({"a": [{"w": 1, "x": 2, "y": 3}, null], "c": 1, "d": 2, "b": 3});
        let mut value = Value::from_json(late).unwrap();
        Shape::of(&document, Some("A")).order(&mut value);
        assert_eq!(serde_json::to_string(&value).unwrap(), r#"{"b":3,"d":2,"a":[{"w":1,"y":3,"x":2},null],"c":1}"#);
    }
}
