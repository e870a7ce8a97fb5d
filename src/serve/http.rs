//! Requests and answers: who may ask, what an address means, and the headers of every answer.
//!
//! A browser lets any page of any site send requests to this machine, and lets a name that its owner points here pass as
//! that owner's site. So the name that a request is for (`Host`) must be one of ours, and what another site embeds is
//! refused; only following a link from elsewhere is let through.

use super::live::{CLIENT, OVERLAY};
use super::site::Found;
use super::{Server, live};
use crate::site::Hash;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// The script that patches an open page. It holds the token of the socket.
pub(super) const SCRIPT_PATH: &str = "__benchbook/client.js";
const STYLE_PATH: &str = "__benchbook/overlay.css";
const LIVE_PATH: &str = "__benchbook/live";

/// A request, or an idle connection, is waited for so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest head of a request, in bytes.
const HEAD: usize = 32 << 10;

/// Serves one connection to its end.
pub(super) async fn connection(stream: TcpStream, server: Arc<Server>) {
    let here = stream.local_addr().map(|address| address.ip().to_canonical()).ok();
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(answer(&server, here, request.map(Body::new)).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEAD).max_headers(100);
    // A connection that breaks is the browser's business.
    let _ = http.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn answer(server: &Arc<Server>, here: Option<IpAddr>, request: Request) -> Response {
    let strict = server.state().strict;
    let host = match host(request.headers(), request.uri().host(), &server.host, here) {
        Ok(host) => host.to_owned(),
        Err(message) => return finish(plain(StatusCode::FORBIDDEN, &message), None),
    };
    let is_head = request.method() == Method::HEAD;
    let mut response = checked(server, &host, request).await;
    if is_head {
        *response.body_mut() = Body::empty();
    }
    finish(response, strict.then_some(&host))
}

async fn checked(server: &Arc<Server>, host: &str, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.");
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return closing(refused);
    }
    if request.headers().contains_key(header::TRANSFER_ENCODING)
        || request.headers().get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
    {
        return closing(plain(StatusCode::BAD_REQUEST, "A request here has no body."));
    }
    if is_embedded_elsewhere(request.headers()) {
        return plain(StatusCode::FORBIDDEN, "Another site cannot embed or fetch this book.");
    }
    let Some(path) = decode(request.uri().path()) else {
        return plain(StatusCode::BAD_REQUEST, "This is not an address in its one plain spelling.");
    };
    match path.as_str() {
        SCRIPT_PATH => script(server),
        STYLE_PATH => unkept(OVERLAY.into(), "text/css; charset=utf-8"),
        LIVE_PATH => live::upgrade(server, host, request).await,
        path => file(server, path, request.headers()).await,
    }
}

async fn file(server: &Server, path: &str, headers: &HeaderMap) -> Response {
    match server.get(path).await {
        Found::File(path, hash, bytes) => {
            if super::make::is_page(path) {
                server.note_recent(path);
            }
            cached(StatusCode::OK, headers, hash, bytes, content_type(path.as_str()))
        }
        Found::Missing => match server.get("404.html").await {
            Found::File(path, hash, bytes) => {
                cached(StatusCode::NOT_FOUND, headers, hash, bytes, content_type(path.as_str()))
            }
            _ => plain(StatusCode::NOT_FOUND, "There is no page at this address."),
        },
        Found::Stale(_) | Found::Failed(_) => {
            plain(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made; the terminal says why.")
        }
    }
}

fn cached(status: StatusCode, asked: &HeaderMap, hash: Hash, bytes: Bytes, kind: &'static str) -> Response {
    let tag = format!("\"{hash}\"");
    let known = asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
    let mut response = Response::new(Body::empty());
    if known && status == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.status_mut() = status;
        set(&mut response, header::CONTENT_LENGTH, &bytes.len().to_string());
        *response.body_mut() = Body::from(bytes);
        set(&mut response, header::CONTENT_TYPE, kind);
    }
    set(&mut response, header::ETAG, &tag);
    response
}

fn script(server: &Server) -> Response {
    unkept(CLIENT.replacen("{{token}}", &server.token, 1), "text/javascript; charset=utf-8")
}

fn unkept(text: String, kind: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    set(&mut response, header::CONTENT_TYPE, kind);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

pub(super) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = unkept(format!("{text}\n"), "text/plain; charset=utf-8");
    *response.status_mut() = status;
    response
}

fn closing(mut response: Response) -> Response {
    set(&mut response, header::CONNECTION, "close");
    response
}

/// Adds what every answer carries.
fn finish(mut response: Response, strict: Option<&String>) -> Response {
    if !response.headers().contains_key(header::CACHE_CONTROL) {
        set(&mut response, header::CACHE_CONTROL, "no-cache");
    }
    set(&mut response, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    if let Some(host) = strict {
        // Not every browser counts a socket as `'self'`.
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             media-src 'self'; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    }
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The name (and port) that a request is for, or why it is not answered.
///
/// Names of this machine are let in, with any port: `localhost` and below, the loopback addresses, what `--host` says, and
/// the very address that the connection came in at. Any other name may be one that its owner made lead here.
fn host<'a>(
    headers: &'a HeaderMap,
    in_line: Option<&str>,
    allowed: &str,
    here: Option<IpAddr>,
) -> Result<&'a str, String> {
    let mut all = headers.get_all(header::HOST).iter();
    let host = match (all.next(), all.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => "",
    };
    let name = name_of(host).unwrap_or_default();
    let is_ours = |name: &str| {
        let below = name.strip_suffix("localhost").and_then(|rest| rest.strip_suffix('.'));
        let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let bracketed = name.starts_with('[') == matches!(address, Some(IpAddr::V6(_)));
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
            || below.is_some_and(|below| below.split('.').all(label))
            || (!name.is_empty() && name == bracket(allowed).to_ascii_lowercase())
            || (bracketed && address.is_some() && address == here)
    };
    let lower = name.to_ascii_lowercase();
    let line_agrees = in_line.is_none_or(|line| line.eq_ignore_ascii_case(name));
    if is_ours(&lower) && line_agrees {
        return Ok(host);
    }
    let shown: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(*c)).take(100).collect();
    Err(format!(
        "This server answers only to names of this machine. To let it answer to another name, start it with \
         `--host {}`.",
        if shown.is_empty() { "NAME" } else { &shown }
    ))
}

/// The name before the port.
fn name_of(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let (name, port) = host.split_at_checked(end)?;
    let port_is_one = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    port_is_one.then_some(name)
}

fn bracket(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

/// Whether a browser says that a page of another origin loads this into itself. Opening it in a tab is no harm.
fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let elsewhere = !matches!(get("sec-fetch-site"), "" | "none" | "same-origin");
    let opened = get("sec-fetch-mode") == "navigate" && matches!(get("sec-fetch-dest"), "" | "document");
    elsewhere && !opened
}

/// The path that an address spells, decoded once, without its first slash; `None` unless it is the one canonical spelling.
pub(super) fn decode(path: &str) -> Option<String> {
    let raw = path.strip_prefix('/')?;
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| char::from(b?).to_digit(16);
        let value = u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?;
        // An encoded slash is not one that separates.
        if value == b'/' {
            return None;
        }
        bytes.push(value);
    }
    let path = String::from_utf8(bytes).ok()?;
    if path.contains(|c: char| c.is_control() || c == '\\') {
        return None;
    }
    let folders = path.strip_suffix('/').unwrap_or(&path);
    let plain = path.is_empty() || folders.split('/').all(|part| !matches!(part, "" | "." | ".."));
    plain.then_some(path)
}

fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" | "text" | "log" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_has_one_spelling() {
        for (address, path) in [
            ("/", ""),
            ("/a/b.html", "a/b.html"),
            ("/a/", "a/"),
            ("/caf%C3%A9.html", "café.html"),
            ("/a%20b", "a b"),
            ("/100%25", "100%"),
            ("/%252e%252e%252f", "%2e%2e%2f"),
            ("/..;/", "..;/"),
            ("/..../", "..../"),
        ] {
            assert_eq!(decode(address).as_deref(), Some(path), "{address}");
        }
        for address in [
            "",
            "a",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/..",
            "/a/.",
            "/../a",
            "/%2e%2e/a",
            "/.%2e/a",
            "/a%2fb",
            "/a%5cb",
            "/a\\b",
            "/%00",
            "/a.html%00.png",
            "/a%0d%0aX",
            "/%c0%af",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "*",
        ] {
            assert_eq!(decode(address), None, "{address}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_answered_to() {
        let ask = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
            super::host(&headers, None, "mybox.lan", Some("192.168.1.5".parse().unwrap())).is_ok()
        };
        for host in [
            "localhost",
            "LocalHost:80",
            "x.localhost",
            "a.b.localhost:3000",
            "127.0.0.1:9",
            "[::1]",
            "[::1]:3000",
            "mybox.lan",
            "MyBox.lan:1",
            "192.168.1.5:3000",
        ] {
            assert!(ask(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost:3000@evil",
            "[::ffff:6.6.6.6]",
            "",
            ":3000",
            ".localhost",
            "localhost.",
            "localhost:",
            "localhost:99999",
            "evil@localhost",
            "xlocalhost",
            "192.168.1.6",
            "::1",
            "[::1",
            "[127.0.0.1]",
            "a b.localhost",
        ] {
            assert!(!ask(host), "{host}");
        }
        assert!(super::host(&HeaderMap::new(), None, "127.0.0.1", None).is_err(), "none");
        let mut two = HeaderMap::new();
        two.append(header::HOST, HeaderValue::from_static("localhost"));
        two.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(super::host(&two, None, "127.0.0.1", None).is_err(), "two");
    }

    #[test]
    fn another_site_may_lead_here_and_not_embed() {
        let embedded = |site, mode, dest| {
            let mut headers = HeaderMap::new();
            for (name, value) in [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)] {
                headers.insert(name, HeaderValue::from_static(value));
            }
            is_embedded_elsewhere(&headers)
        };
        assert!(embedded("cross-site", "no-cors", "script"));
        assert!(embedded("same-site", "cors", "empty"));
        assert!(embedded("cross-site", "navigate", "iframe"));
        assert!(!embedded("cross-site", "navigate", "document"));
        assert!(!embedded("same-origin", "no-cors", "script"));
        assert!(!embedded("none", "navigate", "document"));
        assert!(!is_embedded_elsewhere(&HeaderMap::new()), "a program that is no browser");
    }
}
