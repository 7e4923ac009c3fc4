//! Template language expressions: reading them.

use serde_json::Value;

use crate::sim::arm::ArmError;

/// An expression, not yet evaluated: `if` looks at one branch only.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Literal(Value),
    Call {
        name: String,
        arguments: Vec<Expression>,
    },
    /// `value.name` or `value[key]`.
    Of(Box<Expression>, Box<Expression>),
}

/// Reads what stands between the brackets.
pub fn parse(text: &str) -> Result<Expression, ArmError> {
    let mut reader = Reader { text, rest: text };
    let expression = reader.expression(0)?;
    match reader.rest.trim() {
        "" => Ok(expression),
        _ => Err(reader.wrong("its end")),
    }
}

/// Deeper ones come from no template that anybody wrote.
const DEEPEST: usize = 50;

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, expected: &str) -> ArmError {
        let at = self.text.len() - self.rest.len();
        let message =
            format!("Unable to parse language expression '{}': expected {expected} at position {at}", self.text);
        ArmError::invalid_template(&message)
    }

    fn take(&mut self, token: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word.to_owned()
    }

    fn expression(&mut self, depth: usize) -> Result<Expression, ArmError> {
        if depth > DEEPEST {
            return Err(self.wrong("fewer parentheses"));
        }
        let mut value = self.simple(depth)?;
        loop {
            let key = if self.take('.') {
                match self.word() {
                    name if name.is_empty() => return Err(self.wrong("a property")),
                    name => Expression::Literal(name.into()),
                }
            } else if self.take('[') {
                let key = self.expression(depth + 1)?;
                if !self.take(']') {
                    return Err(self.wrong("']'"));
                }
                key
            } else {
                return Ok(value);
            };
            value = Expression::Of(Box::new(value), Box::new(key));
        }
    }

    fn simple(&mut self, depth: usize) -> Result<Expression, ArmError> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('\'') {
            return self.literal();
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let end = self.rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(self.rest.len(), |end| end + 1);
            let (digits, rest) = self.rest.split_at(end);
            let number: i64 = digits.parse().map_err(|_| self.wrong("a number"))?;
            self.rest = rest;
            return Ok(Expression::Literal(number.into()));
        }
        let name = self.word();
        if name.is_empty() || !self.take('(') {
            return Err(self.wrong("a function's call"));
        }
        let mut arguments = Vec::new();
        if self.take(')') {
            return Ok(Expression::Call { name, arguments });
        }
        loop {
            arguments.push(self.expression(depth + 1)?);
            if self.take(')') {
                return Ok(Expression::Call { name, arguments });
            }
            if !self.take(',') {
                return Err(self.wrong("',' or ')'"));
            }
        }
    }

    /// A quote inside is written twice.
    fn literal(&mut self) -> Result<Expression, ArmError> {
        let mut literal = String::new();
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c != '\'' {
                literal.push(c);
            } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
                literal.push('\'');
            } else {
                self.rest = &self.rest[at + 1..];
                return Ok(Expression::Literal(literal.into()));
            }
        }
        Err(self.wrong("a closing quote"))
    }
}
