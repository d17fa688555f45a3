//! TCP → TLS → HTTP → WebSocket, and the plain-HTTP page that leads to trust.

mod onboarding;
