//! What idle people cost in memory: in many spaces of a few, and all in one lobby.

use crate::page::World;
use crate::process::Server;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// People of one of the many spaces.
const PEOPLE: usize = 10;
/// Handshakes at a time.
const AT_ONCE: usize = 64;
/// For memory and queues to come to rest.
const REST: Duration = Duration::from_secs(5);

/// Prints the memory of `spaces` spaces of [`PEOPLE`] beside that of one lobby with as many people.
pub(crate) async fn compare(state: &Path, spaces: usize) {
    let settings = tempfile::tempdir().expect("a temporary folder");
    let config = settings.path().join("spaces.toml");
    let tables: String = (0..spaces).map(|n| format!("[space.s{n}]\n")).collect();
    std::fs::write(&config, format!("[space.all]\nsize = 10000\n{tables}"))
        .expect("the folder can be written");
    let many = memory(state, &config, spaces * PEOPLE, |n| format!("/s/s{}", n / PEOPLE)).await;
    let one = memory(state, &config, spaces * PEOPLE, |_| "/s/all".to_owned()).await;
    let kib = |bytes: u64| bytes as f64 / 1024.0 / (spaces * PEOPLE) as f64;
    println!("memory a person, KiB: {:.2} in {spaces} spaces of {PEOPLE}, {:.2} in one", kib(many), kib(one));
    println!("ratio, at most 1.20: {:.3}", many as f64 / one as f64);
}

/// Resident bytes that so many people take, each in that space.
async fn memory(state: &Path, config: &Path, people: usize, space: impl Fn(usize) -> String) -> u64 {
    let server = Server::ours_with(state, &["--config", config.to_str().expect("text")]).await;
    let server = server.expect("the server starts");
    let world = World::new(server.address(), state);
    let empty = server.usage().memory;
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut arriving = JoinSet::new();
    for n in 0..people {
        let (world, gate, space) = (world.clone(), gate.clone(), space(n));
        arriving.spawn_local(async move {
            let turn = gate.acquire_owned().await.expect("never closed");
            world.idle_page(&space, &format!("Person {n}"), turn).await;
        });
    }
    while world.arrived.get() < people {
        sleep(Duration::from_millis(50)).await;
    }
    sleep(REST).await;
    server.usage().memory - empty
}
