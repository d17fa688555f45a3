//! Prepares `www/` for the binary: every file hashed once and compressed once, at the best setting,
//! so that the box never compresses anything.
//!
//! Into `OUT_DIR/www` goes each file (scripts linked, sheets with what they import, both made small by
//! `tools/bundle`) as `.br` and `.gz`, or as it is where that is hardly larger; and `index.html` with a
//! `<base>` that leads into a folder named after the hash of everything: below it, all may be cached for
//! ever. `OUT_DIR/www.etags` lists `path<TAB>etag`.
#![allow(clippy::disallowed_methods)] // the moment of the build is what it is for

use bundle::stylesheet;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    println!("cargo::rerun-if-changed=www");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    // A box without a clock battery takes this for the earliest possible now.
    let built = std::env::var("SOURCE_DATE_EPOCH").unwrap_or_else(|_| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the builder's clock is past 1970");
        since.as_secs().to_string()
    });
    println!("cargo::rustc-env=WIZYJNO_BUILD_TIME={built}");

    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("www");
    let _ = fs::remove_dir_all(&out);
    let mut files = Vec::new();
    collect(Path::new("www"), &mut files);
    files.sort();

    let mut all = Sha256::new();
    let mut contents: Vec<(String, Vec<u8>)> = Vec::new();
    for file in files {
        let name =
            file.strip_prefix("www").expect("collected below www").to_str().expect("ASCII names").to_owned();
        let bytes = fs::read(&file).expect("www can be read");
        all.update(name.as_bytes());
        all.update(Sha256::digest(&bytes));
        contents.push((name, bytes));
    }
    let version = hex(&all.finalize()[..8]);
    println!("cargo::rustc-env=WIZYJNO_WWW_VERSION={version}");

    let (scripts, rest): (Vec<_>, Vec<_>) = contents.into_iter().partition(|(name, _)| name.ends_with(".js"));
    let text = |bytes| String::from_utf8(bytes).expect("scripts are UTF-8");
    let scripts = scripts.into_iter().map(|(name, bytes)| (name, text(bytes))).collect();
    let scripts = bundle::link(&scripts).into_iter().map(|(name, script)| {
        let small = bundle::minify(&name, &script);
        (name, small.into_bytes())
    });
    let contents = rest.into_iter().chain(scripts);

    let mut etags = String::new();
    for (name, mut bytes) in contents {
        if name == "index.html" {
            let text = String::from_utf8(bytes).expect("index.html is UTF-8");
            let based = text.replacen("<base href=\"/\">", &format!("<base href=\"/v/{version}/\">"), 1);
            assert_ne!(
                text, based,
                "www/index.html must have <base href=\"/\"> for the build to point at /v/…/"
            );
            bytes = based.into_bytes();
        }
        if name.ends_with(".css") {
            let text = String::from_utf8(bytes).expect("sheets are UTF-8");
            bytes = stylesheet::minify(&whole(&name, &text)).into_bytes();
        }
        etags.push_str(&format!("{name}\t{}\n", hex(&Sha256::digest(&bytes)[..12])));
        store(&out, &name, bytes);
    }
    fs::write(out.with_extension("etags"), etags).expect("OUT_DIR can be written");
}

/// Writes a file compressed, and as it is where that is hardly larger.
fn store(out: &Path, name: &str, bytes: Vec<u8>) {
    fs::create_dir_all(out.join(name).parent().expect("inside OUT_DIR")).expect("OUT_DIR can be written");
    let mut stored: Vec<(String, Vec<u8>)> = [("br", brotli(&bytes)), ("gz", gzip(&bytes))]
        .into_iter()
        .filter(|(_, packed)| packed.len() + 64 < bytes.len())
        .map(|(extension, packed)| (format!("{name}.{extension}"), packed))
        .collect();
    // Whoever takes neither is given the second one unpacked.
    if !stored.iter().any(|(name, _)| name.ends_with(".gz")) {
        stored.push((name.to_owned(), bytes));
    }
    for (name, bytes) in stored {
        fs::write(out.join(name), bytes).expect("OUT_DIR can be written");
    }
}

/// Every file the browser gets; declarations are for the type checker only.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("www can be listed") {
        let path = entry.expect("www can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if !path.to_string_lossy().ends_with(".d.ts") {
            files.push(path);
        }
    }
}

/// The sheet with the sheets beside it that it imports: a browser would ask for one after the other, and what
/// they have in common is packed once.
fn whole(name: &str, sheet: &str) -> String {
    let beside = Path::new("www").join(name);
    let mut whole = String::new();
    for line in sheet.lines() {
        match line.strip_prefix("@import '").and_then(|rest| rest.strip_suffix("';")) {
            Some(other) => {
                let text =
                    fs::read_to_string(beside.with_file_name(other)).expect("an imported sheet can be read");
                whole.push_str(&text);
            }
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    whole
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters).expect("memory does not fail");
    packed
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory does not fail");
    encoder.finish().expect("memory does not fail")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
