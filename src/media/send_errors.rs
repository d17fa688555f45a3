//! Datagrams that could not be sent, by cause.

use rustix::io::Errno;
use std::io;
use std::iter::Sum;

/// Why a datagram was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// It is larger than what the link carries, and may not be split (EMSGSIZE).
    TooLarge,
    /// The kernel's buffer is full.
    NoRoom,
    /// There is no way to its destination: no route, or a firewall of this machine.
    NoRoute,
    Other,
}

/// How many there were of each cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendErrors([u64; SendError::ALL.len()]);

impl SendError {
    pub const ALL: [SendError; 4] =
        [SendError::TooLarge, SendError::NoRoom, SendError::NoRoute, SendError::Other];

    pub(super) fn of(error: &io::Error) -> SendError {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::MSGSIZE) => SendError::TooLarge,
            Some(Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM) => SendError::NoRoom,
            Some(Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::NETDOWN | Errno::PERM | Errno::ACCESS) => {
                SendError::NoRoute
            }
            _ => SendError::Other,
        }
    }

    /// As it is called in labels.
    pub fn name(self) -> &'static str {
        match self {
            SendError::TooLarge => "too_large",
            SendError::NoRoom => "no_room",
            SendError::NoRoute => "no_route",
            SendError::Other => "other",
        }
    }
}

impl SendErrors {
    /// One more. Whether it is the first of its cause.
    pub(super) fn add(&mut self, error: SendError) -> bool {
        let count = &mut self.0[error as usize];
        *count += 1;
        *count == 1
    }

    pub fn of(&self, error: SendError) -> u64 {
        self.0[error as usize]
    }
}

impl Sum for SendErrors {
    fn sum<I: Iterator<Item = SendErrors>>(all: I) -> SendErrors {
        all.fold(SendErrors::default(), |SendErrors(sum), SendErrors(each)| {
            SendErrors(std::array::from_fn(|n| sum[n] + each[n]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart_and_counted() {
        let mut errors = SendErrors::default();
        for (errno, error) in [
            (Errno::MSGSIZE, SendError::TooLarge),
            (Errno::AGAIN, SendError::NoRoom),
            (Errno::NETUNREACH, SendError::NoRoute),
            (Errno::IO, SendError::Other),
        ] {
            let cause = SendError::of(&io::Error::from_raw_os_error(errno.raw_os_error()));
            assert_eq!(cause, error);
            assert!(errors.add(cause) && !errors.add(cause), "only the first is the first");
        }
        assert!(SendError::ALL.iter().all(|error| errors.of(*error) == 2));
    }
}
