//! The connection to the server, made anew where the device has another certificate than the connection began with:
//! another process may have renewed it, and then the one before opens nothing any more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use renkei_proto::v1::ErrorReason;
use tonic::transport::Channel;

use crate::{
    connection::{
        tls,
        transport::{self, Address},
    },
    error::{Error, Result},
    profile::Profile,
};

/// The connection of a profile.
pub(crate) struct Line {
    profile: Profile,
    current: Mutex<Current>,
}

struct Current {
    channel: Channel,
    /// What it shows, in PEM; nothing where there is no device.
    certificate: String,
}

impl Line {
    /// Prepares the connection. Nothing is sent yet.
    pub(crate) fn open(profile: &Profile) -> Result<Self> {
        Ok(Self { current: Mutex::new(dial(profile)?), profile: profile.clone() })
    }

    /// A connection of a test.
    #[cfg(test)]
    pub(crate) fn over(profile: &Profile, channel: Channel) -> Self {
        let certificate = String::new();
        Self { current: Mutex::new(Current { channel, certificate }), profile: profile.clone() }
    }

    pub(crate) fn channel(&self) -> Channel {
        self.current().channel.clone()
    }

    /// Whether a call that failed so is worth another try because the device has another certificate now. If it has,
    /// it is shown from now on.
    pub(crate) fn has_moved_on(&self, error: &Error) -> bool {
        if !error.is(ErrorReason::DeviceRequired) {
            return false;
        }
        let Ok(now) = dial(&self.profile) else { return false };
        let mut current = self.current();
        let has_moved_on = now.certificate != current.certificate;
        if has_moved_on {
            *current = now;
        }
        has_moved_on
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn dial(profile: &Profile) -> Result<Current> {
    let enrollment = profile.enrollment()?;
    let address = Address::parse(&enrollment.server)?;
    if enrollment.totp {
        let channel = transport::channel(&address, tls::without_device(&profile.authority()?)?)?;
        return Ok(Current { channel, certificate: String::new() });
    }
    let credentials = profile.credentials()?;
    let channel = transport::channel(&address, tls::enrolled(&credentials)?)?;
    Ok(Current { channel, certificate: credentials.certificate })
}
