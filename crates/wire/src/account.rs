//! Bodies of `/auth` that change an account, one's own or a new one (`rest.md` §1).

use rollcall_model::naming::{self, NAME_LENGTH, NamingError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::parameters::{self, Parameters};
use crate::problem::Problem;

/// Told when the old password is not the caller's. The exact text matters.
pub const OLD_PASSWORD_MISMATCH: &str = "Old password mismatch";
/// Told when the e-mail of a sign-up has an account.
pub const EMAIL_EXISTS: &str = "Email already exists";

/// The body of `/auth/update-password`.
#[derive(Debug)]
pub struct PasswordRequest {
    /// The one that holds.
    pub old: SecretString,
    new: SecretString,
    again: SecretString,
}

/// Why a new password is not taken.
#[derive(Debug)]
pub enum NewPassword {
    /// The two are not the same. The answer is no problem document, but this.
    Differ(Value),
    /// It is none.
    Refused(Problem),
}

impl PasswordRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let p = &mut parameters;
        let mut secret = |name| SecretString::from(p.required_text(&[name], name));
        let request = Self { old: secret("old_password"), new: secret("new_password"), again: secret("new_password2") };
        parameters.finish(request)
    }

    /// The new password, typed twice alike and fit to be one. Looked at after the old one.
    ///
    /// # Errors
    /// [`NewPassword`].
    pub fn new_password(self) -> Result<SecretString, NewPassword> {
        if self.new.expose_secret() != self.again.expose_secret() {
            // The word is the contract's.
            return Err(NewPassword::Differ(json!({ "error_msg": "new password mismitch" })));
        }
        match naming::password(self.new.expose_secret()) {
            Ok(()) => Ok(self.new),
            Err(error) => Err(NewPassword::Refused(parameters::refused("new_password", error.to_string()))),
        }
    }
}

/// The new name of `/auth/update-full-name`. The e-mail beside it is asked for and not looked at: the name
/// is always the caller's own.
///
/// # Errors
/// `invalid-api-params`.
pub fn full_name(mut parameters: Parameters) -> Result<String, Problem> {
    parameters.required_text(&["email"], "email");
    let name = parameters.required_text(&["full_name"], "full_name");
    fits(&mut parameters, "full_name", naming::optional_line("full_name", &name, NAME_LENGTH));
    parameters.finish(name)
}

/// The body of `/auth/signout`.
#[derive(Debug)]
pub struct SignOutRequest {
    /// Whose account.
    pub email: String,
    /// Its password.
    pub password: SecretString,
}

impl SignOutRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let email = parameters.required_text(&["email", "username"], "email");
        let password = SecretString::from(parameters.required_text(&["password"], "password"));
        parameters.finish(Self { email, password })
    }
}

/// The body of `/auth/signup`.
#[derive(Debug)]
pub struct SignUpRequest {
    /// Domain.
    pub domain: String,
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: SecretString,
    /// User name; the e-mail unless given.
    pub username: String,
    /// Name for people.
    pub full_name: String,
    /// Free text.
    pub description: String,
}

impl SignUpRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let p = &mut parameters;
        let domain = p.required_text(&["domain"], "domain");
        let email = p.required_text(&["email"], "email");
        let password = p.required_text(&["password"], "password");
        let username = p.any_text(&["username"]).filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone());
        let full_name = p.any_text(&["full_name"]).unwrap_or_default();
        let description = p.any_text(&["description"]).unwrap_or_default();
        fits(p, "email", naming::email(&email));
        fits(p, "password", naming::password(&password));
        fits(p, "username", naming::optional_line("username", &username, NAME_LENGTH));
        fits(p, "full_name", naming::optional_line("full_name", &full_name, NAME_LENGTH));
        fits(p, "description", naming::paragraph("description", &description));
        parameters.finish(Self { domain, email, password: password.into(), username, full_name, description })
    }
}

/// Notes what is wrong with a text, unless something was noted of it before.
fn fits(parameters: &mut Parameters, name: &str, checked: Result<(), NamingError>) {
    if let Err(error) = checked
        && !parameters.is_wrong(name)
    {
        parameters.wrong(name, error.to_string());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(value: &Value) -> Parameters {
        Parameters::of_request(None, value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn new_passwords_are_typed_twice_and_fit() {
        let read = |new: &str, again: &str| {
            let body = json!({"old_password": "a", "new_password": new, "new_password2": again});
            PasswordRequest::of(of(&body)).unwrap().new_password()
        };
        assert_eq!(read("long enough", "long enough").unwrap().expose_secret(), "long enough");
        let Err(NewPassword::Differ(body)) = read("long enough", "short") else { unreachable!() };
        assert_eq!(body.to_string(), r#"{"error_msg":"new password mismitch"}"#);
        let Err(NewPassword::Refused(problem)) = read("short", "short") else { unreachable!() };
        assert_eq!(problem.data().unwrap(), &json!({"new_password": "a password needs at least 8 characters"}));
        let missing = PasswordRequest::of(of(&json!({"old_password": ""}))).unwrap_err();
        assert_eq!(
            missing.data().unwrap(),
            &json!({"old_password": "blank value is not allowed", "new_password": "is required",
                "new_password2": "is required"})
        );
    }

    #[test]
    fn sign_ups_say_what_is_wrong() {
        let good = json!({"domain": "default", "email": "a@example.com", "password": "long enough", "more": 1});
        assert_eq!(SignUpRequest::of(of(&good)).unwrap().username, "a@example.com");
        let bad = json!({"email": "nobody", "password": "x", "username": "a\u{202e}b", "full_name": 3});
        assert_eq!(
            SignUpRequest::of(of(&bad)).unwrap_err().data().unwrap(),
            &json!({
                "domain": "is required", "email": "this is not an e-mail address",
                "password": "a password needs at least 8 characters", "full_name": "value is not a string",
                "username": "username must not contain control characters or invisible marks",
            })
        );
    }
}
