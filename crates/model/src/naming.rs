//! What people and things may be called, and how long a password may be. Names end up in lists,
//! logs and terminals, so nothing that steers one of them is let in.

/// A domain's or project's name (`graphql.md` §8).
pub const SLUG_FORMAT: &str = "invalid name format. slug format required.";
/// Characters of a slug.
pub const SLUG_LENGTH: usize = 64;
/// Characters of a name for people and of a user name.
pub const NAME_LENGTH: usize = 254;
/// Characters of a description.
pub const TEXT_LENGTH: usize = 4096;
/// Characters of the shortest password taken.
pub const PASSWORD_MIN: usize = 8;
/// Bytes of the longest password taken: more is no password but work for the server.
pub const PASSWORD_MAX: usize = 1024;

const EMAIL_LENGTH: usize = 254;
const LOCAL_LENGTH: usize = 64;

/// Why a text is no name, e-mail address or password. Never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamingError {
    /// Not `^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$`, or too long.
    #[error("{SLUG_FORMAT}")]
    Slug,
    /// Nothing is left of it.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// Longer than it may be.
    #[error("{what} must not be longer than {limit} characters")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Characters.
        limit: usize,
    },
    /// Control characters or marks that turn the direction of writing.
    #[error("{0} must not contain control characters or invisible marks")]
    Steering(&'static str),
    /// No address.
    #[error("this is not an e-mail address")]
    Email,
    /// Too short.
    #[error("a password needs at least {PASSWORD_MIN} characters")]
    ShortPassword,
    /// Too long.
    #[error("a password must not be longer than {PASSWORD_MAX} bytes")]
    LongPassword,
}

/// A name of letters, digits, `.`, `_` and `-` that begins and ends with a letter or digit.
///
/// # Errors
/// [`NamingError::Slug`].
pub fn slug(text: &str) -> Result<(), NamingError> {
    let bytes = text.as_bytes();
    let edges = [bytes.first(), bytes.last()].iter().all(|edge| edge.is_some_and(u8::is_ascii_alphanumeric));
    let inside = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if edges && inside && bytes.len() <= SLUG_LENGTH { Ok(()) } else { Err(NamingError::Slug) }
}

/// A text on one line that is not empty.
///
/// # Errors
/// [`NamingError`] says what is wrong with `what`.
pub fn line(what: &'static str, text: &str, limit: usize) -> Result<(), NamingError> {
    if text.trim().is_empty() {
        return Err(NamingError::Empty(what));
    }
    optional_line(what, text, limit)
}

/// A text on one line that may be empty.
///
/// # Errors
/// [`NamingError`] says what is wrong with `what`.
pub fn optional_line(what: &'static str, text: &str, limit: usize) -> Result<(), NamingError> {
    checked(what, text, limit, |_| false)
}

/// A text that may be empty or have several lines.
///
/// # Errors
/// [`NamingError`] says what is wrong with `what`.
pub fn paragraph(what: &'static str, text: &str) -> Result<(), NamingError> {
    checked(what, text, TEXT_LENGTH, |letter| matches!(letter, '\n' | '\r' | '\t'))
}

/// An e-mail address that a server could take: one `@`, something of letters on both sides.
///
/// # Errors
/// [`NamingError::Email`].
pub fn email(text: &str) -> Result<(), NamingError> {
    let (local, domain) = text.rsplit_once('@').ok_or(NamingError::Email)?;
    let letters = |part: &str, limit| {
        let plain = |letter: char| {
            !letter.is_whitespace()
                && !steers(letter)
                && !matches!(letter, '@' | '"' | '<' | '>' | '(' | ')' | ',' | ';' | '\\')
        };
        (1..=limit).contains(&part.len()) && part.chars().all(plain)
    };
    let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
    if letters(local, LOCAL_LENGTH) && letters(domain, EMAIL_LENGTH) && dots(domain) && text.len() <= EMAIL_LENGTH {
        Ok(())
    } else {
        Err(NamingError::Email)
    }
}

/// Length alone: no rules of composition (ASVS 6.2).
///
/// # Errors
/// [`NamingError::ShortPassword`], [`NamingError::LongPassword`].
pub fn password(text: &str) -> Result<(), NamingError> {
    if text.len() > PASSWORD_MAX {
        Err(NamingError::LongPassword)
    } else if text.chars().count() < PASSWORD_MIN {
        Err(NamingError::ShortPassword)
    } else {
        Ok(())
    }
}

fn checked(what: &'static str, text: &str, limit: usize, allowed: fn(char) -> bool) -> Result<(), NamingError> {
    if text.chars().nth(limit).is_some() {
        return Err(NamingError::TooLong { what, limit });
    }
    if text.chars().any(|letter| steers(letter) && !allowed(letter)) {
        return Err(NamingError::Steering(what));
    }
    Ok(())
}

/// Whether a character steers a terminal or the direction of writing, or hides: controls, breaks of
/// line and paragraph, zero-width and bidirectional marks, tags.
#[must_use]
pub fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text of which parts were sent by somebody, fit to be sent back: nothing in it steers, and it has an
/// end. Lines stay lines.
#[must_use]
pub fn shown(text: &str, limit: usize) -> String {
    let kept = |letter: &char| !steers(*letter) || matches!(letter, '\n' | '\t');
    let mut letters = text.chars().filter(kept);
    let mut shown: String = letters.by_ref().take(limit).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for good in ["a", "default", "a.b_c-d", "A9", &"x".repeat(64)] {
            assert_eq!(slug(good), Ok(()), "{good}");
        }
        for bad in ["", "-a", "a-", ".a", "a b", "ä", "a\0", "a\n", "a\u{202e}b", &"x".repeat(65)] {
            assert_eq!(slug(bad), Err(NamingError::Slug), "{bad}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!(line("name", "Ünal Ö. 李", 20), Ok(()));
        assert_eq!(line("name", " ", 20), Err(NamingError::Empty("name")));
        assert_eq!(optional_line("name", "", 20), Ok(()));
        assert_eq!(line("name", "abc", 2), Err(NamingError::TooLong { what: "name", limit: 2 }));
        for bad in ["a\0b", "a\nb", "a\u{1b}[2Jb", "a\u{202e}b", "a\u{200b}b", "a\u{2028}b", "a\u{85}b"] {
            assert_eq!(line("name", bad, 20), Err(NamingError::Steering("name")), "{bad:?}");
        }
        assert_eq!(paragraph("description", "one\ntwo\tthree"), Ok(()));
        assert_eq!(paragraph("description", "one\0"), Err(NamingError::Steering("description")));
    }

    #[test]
    fn what_is_sent_back_is_short_and_plain() {
        assert_eq!(shown("key (a\0\u{1b}[2J\u{202e})\n", 20), "key (a[2J)\n");
        assert_eq!(shown(&"ü".repeat(21), 20), format!("{}…", "ü".repeat(20)));
        assert_eq!(shown(&"ü".repeat(20), 20), "ü".repeat(20));
    }

    #[test]
    fn addresses() {
        for good in ["a@b", "first.last+tag@mail.example.com", "ö@example.com"] {
            assert_eq!(email(good), Ok(()), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in
            ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@.c", "a@c.", "a\0@b", "a\u{202e}@b", "<a@b>", &long]
        {
            assert_eq!(email(bad), Err(NamingError::Email), "{bad}");
        }
    }

    #[test]
    fn passwords() {
        assert_eq!(password("1234567"), Err(NamingError::ShortPassword));
        assert_eq!(password("äöüäöüä"), Err(NamingError::ShortPassword));
        assert_eq!(password("12345678"), Ok(()));
        assert_eq!(password(&"long ".repeat(40)), Ok(()));
        assert_eq!(password(&"x".repeat(1024)), Ok(()));
        assert_eq!(password(&"x".repeat(1025)), Err(NamingError::LongPassword));
    }
}
