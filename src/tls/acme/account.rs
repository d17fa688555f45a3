//! The account at the ACME server (RFC 8555, 7.3): its key is made once and kept.

use super::super::store::{Item, Store};
use super::https::HttpsClient;
use instant_acme::{Account, AccountCredentials, Error, NewAccount};
use serde_json::{Value, json};

/// The account that is kept, or a new one if there is none for that directory. Whoever lets the box ask for
/// certificates agrees to the ACME server's terms (docs/hosting.md).
///
/// # Errors
///
/// The ACME server does not answer, or wants no such account, or the account cannot be kept.
pub(super) async fn account(
    store: &Store,
    client: HttpsClient,
    directory: &str,
    contact: Option<&str>,
) -> Result<Account, Error> {
    let contact = contact.map(|address| format!("mailto:{address}"));
    let contacts: Vec<&str> = contact.iter().map(String::as_str).collect();
    let builder = Account::builder_with_http(Box::new(client));
    if let Some((kept, told)) = kept(store, directory) {
        let account = builder.from_credentials(serde_json::from_value(kept.clone())?).await?;
        if told != contacts {
            account.update_contacts(&contacts).await?;
            keep(store, &kept, &contacts)?;
        }
        return Ok(account);
    }
    let new = NewAccount { contact: &contacts, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder.create(&new, directory.to_owned(), None).await?;
    keep(store, &serde_json::to_value(&credentials)?, &contacts)?;
    tracing::info!(directory, "made an account at the authority");
    Ok(account)
}

/// Forgets an account that the ACME server does not know, so that the next order makes another one.
pub(super) fn forget(store: &Store) {
    if let Err(error) = store.put_aside(Item::AcmeAccount, "old") {
        tracing::warn!(%error, "an account that the authority does not know stays");
    }
}

/// The credentials for that directory, and the contacts that it was told. A damaged file is as good as none:
/// another account costs nobody anything.
fn kept(store: &Store, directory: &str) -> Option<(Value, Vec<String>)> {
    let file = store.read(Item::AcmeAccount).unwrap_or_else(|error| {
        tracing::warn!(%error, "the account at the authority cannot be used, making another one");
        None
    });
    let kept: Value = serde_json::from_slice(&file?).ok()?;
    let credentials = kept.get("credentials")?.clone();
    let _can_be_read: AccountCredentials = serde_json::from_value(credentials.clone()).ok()?;
    let contacts = kept.get("contacts")?.as_array()?.iter();
    let contacts = contacts.filter_map(Value::as_str).map(str::to_owned).collect();
    (credentials.get("directory")?.as_str()? == directory).then_some((credentials, contacts))
}

fn keep(store: &Store, credentials: &Value, contacts: &[&str]) -> Result<(), Error> {
    let text = json!({ "credentials": credentials, "contacts": contacts }).to_string();
    let kept = store.lock().and_then(|_lock| store.write(Item::AcmeAccount, text.as_bytes()));
    kept.map_err(|error| Error::Other(Box::new(error)))
}
