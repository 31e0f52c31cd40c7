//! The characters of a filter: names, operators and right sides.

use super::Operator;
use super::parse::FilterError;

/// A right side as written, before the key gives it a meaning.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Literal>),
}

/// Reads a filter from left to right.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes `token` if it comes next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest().is_empty()
    }

    pub(super) fn expected(&self, wanted: &'static str) -> FilterError {
        let found: String = self.rest().chars().take(20).collect();
        let position = self.text.get(..self.at).map_or(0, |read| read.chars().count()) + 1;
        FilterError::Syntax { wanted, position, found }
    }

    /// A name or keyword: letters, digits and `_`, no digit first. Not taken if empty.
    fn peek_word(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        if word.starts_with(|c: char| c.is_ascii_digit()) { "" } else { word }
    }

    pub(super) fn name(&mut self) -> Result<&'a str, FilterError> {
        match self.peek_word() {
            "" => Err(self.expected("a field name, `!` or `(`")),
            word => {
                self.at += word.len();
                Ok(word)
            }
        }
    }

    pub(super) fn operator(&mut self) -> Result<Operator, FilterError> {
        let word = self.peek_word();
        let rest = self.rest();
        let fits = |operator: &Operator| match word {
            "" => rest.starts_with(operator.as_str()),
            word => operator.as_str() == word,
        };
        let operator = Operator::ALL.into_iter().find(fits).ok_or_else(|| self.expected("an operator such as =="))?;
        self.at += operator.as_str().len();
        Ok(operator)
    }

    pub(super) fn literal(&mut self) -> Result<Literal, FilterError> {
        if self.eat("[") { self.list() } else { self.scalar() }
    }

    fn list(&mut self) -> Result<Literal, FilterError> {
        let mut items = Vec::new();
        if self.eat("]") {
            return Ok(Literal::List(items));
        }
        loop {
            items.push(self.scalar()?);
            if self.eat("]") {
                return Ok(Literal::List(items));
            }
            if !self.eat(",") {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn scalar(&mut self) -> Result<Literal, FilterError> {
        let literal = match self.peek_word() {
            "null" => Literal::Null,
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "" if self.rest().starts_with('"') => return self.string(),
            "" => return self.number(),
            _ => return Err(self.expected("a value such as \"text\", 1 or null")),
        };
        self.at += self.peek_word().len();
        Ok(literal)
    }

    /// `\"` is the only escape undone; any other backslash stays together with what follows it.
    fn string(&mut self) -> Result<Literal, FilterError> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += index + 1;
                    return Ok(Literal::Text(text));
                }
                '\\' => match characters.next() {
                    Some((_, '"')) => text.push('"'),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                // PostgreSQL has no such character in its texts.
                '\0' => break,
                other => text.push(other),
            }
        }
        Err(self.expected("a text closed by `\"`"))
    }

    fn number(&mut self) -> Result<Literal, FilterError> {
        let rest = self.rest();
        let mut end = 0;
        for (index, byte) in rest.bytes().enumerate() {
            let after_exponent = rest.get(..index).is_some_and(|read| read.ends_with(['e', 'E']));
            let sign = matches!(byte, b'+' | b'-') && (index == 0 || after_exponent);
            if !(sign || byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E')) {
                break;
            }
            end = index + 1;
        }
        let written = rest.get(..end).unwrap_or_default();
        let literal = parse_number(written).ok_or_else(|| self.expected("a value such as \"text\", 1 or null"))?;
        self.at += end;
        Ok(literal)
    }
}

fn parse_number(written: &str) -> Option<Literal> {
    if !written.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if written.contains(['.', 'e', 'E']) {
        return written.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Float);
    }
    written.parse().ok().map(Literal::Integer)
}
