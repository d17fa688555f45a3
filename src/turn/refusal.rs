//! Why a request of a client is refused (RFC 8489, 14.8; RFC 8656, 19).

/// Code and reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(u16, &'static str);

pub(super) const BAD_REQUEST: Refused = Refused(400, "Bad Request");
pub(super) const UNAUTHENTICATED: Refused = Refused(401, "Unauthenticated");
pub(super) const FORBIDDEN: Refused = Refused(403, "Forbidden");
pub(super) const UNKNOWN_ATTRIBUTE: Refused = Refused(420, "Unknown Attribute");
pub(super) const ALLOCATION_MISMATCH: Refused = Refused(437, "Allocation Mismatch");
pub(super) const STALE_NONCE: Refused = Refused(438, "Stale Nonce");
pub(super) const FAMILY_NOT_SUPPORTED: Refused = Refused(440, "Address Family not Supported");
pub(super) const WRONG_CREDENTIALS: Refused = Refused(441, "Wrong Credentials");
pub(super) const TRANSPORT_NOT_SUPPORTED: Refused = Refused(442, "Unsupported Transport Protocol");
pub(super) const FAMILY_MISMATCH: Refused = Refused(443, "Peer Address Family Mismatch");
pub(super) const QUOTA_REACHED: Refused = Refused(486, "Allocation Quota Reached");
pub(super) const NO_CAPACITY: Refused = Refused(508, "Insufficient Capacity");

impl Refused {
    /// The value of ERROR-CODE (RFC 8489, 14.8).
    pub(super) fn value(self) -> Vec<u8> {
        let Refused(code, reason) = self;
        let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
        value.extend_from_slice(reason.as_bytes());
        value
    }
}
