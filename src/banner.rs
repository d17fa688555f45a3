//! What the box says once it serves: to people on the terminal, to programs in the ready file.

use crate::discovery::Ports;
use crate::hosts::{literal, needs_zone, origin};
use crate::tls::CertManager;
use crate::web::HostNames;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::json;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// On a terminal: the name, every address, a QR code of the best one, the authority's fingerprints.
/// Elsewhere (the journal) one line.
pub(crate) fn greet(host_names: &HostNames, ports: Ports, cert_manager: &CertManager) {
    let name = &host_names.names[0];
    // Nought is a port that is not served.
    tracing::info!(%name, https = ports.https, http = ports.http.unwrap_or(0), "serving");
    if !io::stdout().is_terminal() {
        return;
    }
    let mut text = format!("\n  Wizyjno Godka\n\n  {}/\n", origin("https", name, ports.https));
    for domain in &host_names.certified {
        let host = domain.parse().map_or_else(|_| domain.clone(), literal);
        text.push_str(&format!("  {}/\n", origin("https", &host, ports.https)));
    }
    let addresses: Vec<String> =
        host_names.addresses.iter().filter(|a| !needs_zone(**a)).map(|a| literal(*a)).collect();
    for address in &addresses {
        text.push_str(&format!("  {}/\n", origin("https", address, ports.https)));
    }
    // Not every phone knows .local names, and the plain page leads on: so an address, and http.
    let (scheme, port) = ports.http.map_or(("https", ports.https), |port| ("http", port));
    if let Some(best) = addresses.first() {
        let link = origin(scheme, best, port) + "/";
        if let Ok(code) = QrCode::new(&link) {
            let picture =
                code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
            text.push_str(&format!("\n{picture}\n  {link}\n"));
        }
    }
    if ports.http.is_none() {
        text.push_str(
            "\n  No plain page: its ports are taken, so devices cannot be told there to trust this box.\n",
        );
    }
    text.push_str(&format!(
        "\n  The authority's fingerprint, to compare with what a device shows while it is told to trust it:\n  \
         SHA-256  {}\n  SHA-1    {} (Windows: Thumbprint)\n\n",
        cert_manager.authority().fingerprint_sha256,
        cert_manager.authority().fingerprint_sha1
    ));
    // A terminal that is gone is no reason not to serve.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// The same where a proxy ends TLS, who has the certificate and the port that people use.
pub(crate) fn greet_behind_proxy(host_names: &HostNames, ports: Ports, trusts_a_proxy: bool) {
    let (name, http) = (&host_names.names[0], ports.http.unwrap_or(0));
    tracing::info!(%name, http, "serving plain HTTP to a proxy");
    if name.ends_with(".local") {
        tracing::warn!("no --domain: who comes by another name than the machine's own is refused");
    }
    if !trusts_a_proxy {
        tracing::warn!("no --trusted-proxy: all people count as one address, and share what one may have");
    }
    if io::stdout().is_terminal() {
        let text = format!(
            "\n  Wizyjno Godka\n\n  https://{name}/\n  \
             once a proxy ends TLS there and passes on to port {http} of this machine\n\n"
        );
        let _ = io::stdout().write_all(text.as_bytes());
    }
}

/// Says what is not to be had where the box carries no media.
pub(crate) fn tell_relayless() {
    tracing::warn!(
        "no relay (the setting no-relay): two to four people go direct, and more do not fit into a room"
    );
}

/// Where it serves.
#[derive(Clone, Copy)]
pub(crate) struct ServedPorts {
    /// `None`: a proxy ends TLS.
    pub(crate) https: Option<u16>,
    pub(crate) http: Option<u16>,
    /// `None`: there is no relay.
    pub(crate) media: Option<u16>,
}

/// One line of JSON, written whole or not at all.
pub(crate) fn write_ready_file(
    path: &Path,
    host_names: &HostNames,
    ports: ServedPorts,
    state_dir: &Path,
) -> io::Result<()> {
    let line = json!({
        "https": ports.https.map(|port| format!("https://127.0.0.1:{port}")),
        "http": ports.http.map(|port| format!("http://127.0.0.1:{port}")),
        "media_port": ports.media,
        "name": host_names.names[0],
        "ca": state_dir.join("ca.crt"),
        "pid": std::process::id(),
    });
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    fs::write(&temporary, format!("{line}\n"))?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_file_is_what_the_contract_says() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ready.json");
        let host_names = HostNames { names: vec!["wizyjno-2.local".into()], ..HostNames::default() };
        let ports = ServedPorts { https: Some(443), http: Some(8080), media: Some(8443) };
        write_ready_file(&path, &host_names, ports, Path::new("/state")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with('\n') && text.lines().count() == 1);
        let ready: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(ready["https"], "https://127.0.0.1:443");
        assert_eq!(ready["http"], "http://127.0.0.1:8080");
        assert_eq!(ready["media_port"], 8443);
        assert_eq!(ready["name"], "wizyjno-2.local");
        assert_eq!(ready["ca"], "/state/ca.crt");
        assert_eq!(ready["pid"], std::process::id());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing half-written is left");

        for (ports, lacking) in [
            (ServedPorts { http: None, ..ports }, "http"),
            (ServedPorts { https: None, ..ports }, "https"),
            (ServedPorts { media: None, ..ports }, "media_port"),
        ] {
            write_ready_file(&path, &host_names, ports, Path::new("/state")).unwrap();
            let ready: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(
                ready.get(lacking),
                Some(&serde_json::Value::Null),
                "what is not served is said as such"
            );
        }
    }
}
