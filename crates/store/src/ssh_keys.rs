//! RSA keypairs for SSH. Finding primes takes a while: call from a blocking thread.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey};
use secrecy::SecretString;

use crate::StoreError;

const BITS: usize = 2048;
const KIND: &[u8] = b"ssh-rsa";

/// A new key.
#[derive(Clone, Debug)]
pub struct SshKeypair {
    /// One line as in `authorized_keys`, ending with a newline.
    pub public: String,
    /// PEM, as `ssh` reads it.
    pub private: SecretString,
}

/// Makes an RSA key of 2048 bits.
///
/// # Errors
/// [`StoreError::SshKey`].
///
/// # Panics
/// If the operating system has no random numbers to give: then nothing here can go on safely.
pub fn generate() -> Result<SshKeypair, StoreError> {
    let key = PrivateKey::new(&mut UnwrapErr(SysRng), BITS).map_err(|error| StoreError::SshKey(error.to_string()))?;
    let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|error| StoreError::SshKey(error.to_string()))?;
    let public = public_line(key.e(), key.n());
    Ok(SshKeypair { public, private: SecretString::from(pem.as_str()) })
}

/// RFC 4253 §6.6: the kind, the exponent, the modulus.
fn public_line(exponent: &BoxedUint, modulus: &BoxedUint) -> String {
    let mut blob = Vec::new();
    put(&mut blob, KIND);
    put(&mut blob, &positive(exponent));
    put(&mut blob, &positive(modulus));
    format!("ssh-rsa {}\n", STANDARD.encode(blob))
}

/// RFC 4251 §5, `string`: length and bytes.
fn put(blob: &mut Vec<u8>, bytes: &[u8]) {
    // Parts of a 2048 bit key are far below 4 GiB.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    blob.extend(length.to_be_bytes());
    blob.extend(bytes);
}

/// RFC 4251 §5, `mpint`: no leading zeros, but one where the first bit would mean a minus.
fn positive(number: &BoxedUint) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[first..];
    let sign = digits.first().is_some_and(|byte| byte & 0x80 != 0);
    [&[0][..usize::from(sign)], digits].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn halves_fit_and_no_two_are_alike() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.public, other.public);
        let private = PrivateKey::from_pkcs1_pem(one.private.expose_secret()).unwrap();
        private.validate().unwrap();
        assert_eq!(private.n().bit_width(), 2048);
        assert_eq!(public_line(private.e(), private.n()), one.public);
        let blob = STANDARD.decode(one.public.strip_prefix("ssh-rsa ").unwrap().trim_end()).unwrap();
        assert!(blob.starts_with(b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01\0"));
        assert_eq!(blob.len(), 4 + 7 + 4 + 3 + 4 + 257);
        assert!(!format!("{one:?}").contains("PRIVATE"));
    }
}
