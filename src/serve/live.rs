//! The socket of an open page: it is told when the page itself, a style or a picture has moved, and what is wrong with the
//! book. The page fetches what it wants; nothing is pushed but names and hashes.
//!
//! Only a page that this very process served may open one: it must show the token, which stands in a script that other sites
//! cannot read, and come from the same origin.

use super::site::Found;
use super::{Event, Server, http};
use crate::diag::index::LineIndex;
use crate::diag::{Diagnostic, Severity, Texts};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The script that patches an open page, with idiomorph, which changes one tree of elements into another.
pub(super) const CLIENT: &str = concat!(
    "(() => {\n\"use strict\";\nconst TOKEN = \"{{token}}\";\n",
    include_str!("vendor/idiomorph.min.js"),
    "\n",
    include_str!("client.js"),
    "})();\n"
);
/// The look of what is wrong, over the page.
pub(super) const OVERLAY: &str = include_str!("overlay.css");

/// How many errors a page shows.
const MOST: usize = 20;
/// A socket whose browser gives no sign for two of these is closed.
const PULSE: Duration = Duration::from_secs(30);

/// Opens the socket, if the request may have it.
pub(super) async fn upgrade(server: &Arc<Server>, host: &str, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let same_origin = origin.is_some_and(|origin| origin == format!("http://{host}"));
    if !same_origin || !is_same(field("token").unwrap_or_default(), &server.token) {
        return http::plain(StatusCode::FORBIDDEN, "This socket is for pages of this server.");
    }
    let Some(page) = field("page").and_then(http::decode) else {
        return http::plain(StatusCode::BAD_REQUEST, "`page` names no page.");
    };
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(socket) => {
            let server = server.clone();
            socket.max_message_size(1024).on_upgrade(move |socket| talk(socket, server, page))
        }
        Err(refused) => refused.into_response(),
    }
}

/// Compares in a time that does not hang on where they differ.
fn is_same(shown: &str, token: &str) -> bool {
    let (shown, token) = (shown.as_bytes(), token.as_bytes());
    let differ = shown.iter().zip(token).fold(0, |differ, (a, b)| differ | (a ^ b));
    std::hint::black_box(differ) == 0 && shown.len() == token.len()
}

/// Keeps a page among those that are looked at, while its socket is open.
struct Open {
    server: Arc<Server>,
    key: u64,
}

impl Open {
    fn new(server: &Arc<Server>, page: &str) -> Open {
        let mut shown = server.shown();
        let key = shown.next;
        shown.next += 1;
        shown.open.insert(key, page.to_owned());
        Open { server: server.clone(), key }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.server.shown().open.remove(&self.key);
    }
}

async fn talk(mut socket: WebSocket, server: Arc<Server>, page: String) {
    let mut events = server.events.subscribe();
    let _open = Open::new(&server, &page);
    let mut told = Teller { server: &server, page: &page, last: None };
    let mut news = vec![told.page().await, Some(told.problems())];
    let mut heard = true;
    loop {
        for one in news.drain(..).flatten() {
            let sent = tokio::time::timeout(PULSE, socket.send(Message::text(one.to_string()))).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
        match either(events.recv(), tokio::time::timeout(PULSE, socket.recv())).await {
            Either::Left(Ok(Event::Pages)) => news.push(told.page().await),
            Either::Left(Ok(Event::Asset(path, hash))) => {
                news.push(Some(json!({"asset": path.as_str(), "hash": hash.to_string()})));
            }
            Either::Left(Ok(Event::Problems)) => news.push(Some(told.problems())),
            // Too slow to be told of each: it is told of all.
            Either::Left(Err(RecvError::Lagged(_))) => {
                news.extend([told.page().await, Some(told.problems()), Some(json!({"assets": true}))]);
            }
            Either::Left(Err(RecvError::Closed)) | Either::Right(Ok(None | Some(Err(_) | Ok(Message::Close(_))))) => {
                return;
            }
            Either::Right(Ok(Some(Ok(_)))) => heard = true,
            Either::Right(Err(_)) => {
                if !std::mem::take(&mut heard) || socket.send(Message::Ping(Default::default())).await.is_err() {
                    return;
                }
            }
        }
    }
}

struct Teller<'a> {
    server: &'a Server,
    page: &'a str,
    /// What was last told of the page.
    last: Option<Value>,
}

impl Teller<'_> {
    /// The hash of what the page's address gives now, or null for nothing; if it is not what was last told.
    async fn page(&mut self) -> Option<Value> {
        let hash = match self.server.get(self.page).await {
            Found::File(_, hash, _) => Value::from(hash.to_string()),
            Found::Stale(_) | Found::Failed(_) => return None,
            Found::Missing => Value::Null,
        };
        (self.last.as_ref() != Some(&hash)).then(|| {
            self.last = Some(hash.clone());
            json!({"page": hash})
        })
    }

    fn problems(&self) -> Value {
        let problems = self.server.state().problems;
        json!({"problems": serde_json::from_str(&problems).unwrap_or(json!([]))})
    }
}

/// The errors among `all`, as a page shows them: JSON.
pub(super) fn problems(all: &[Diagnostic], texts: &dyn Texts) -> String {
    let errors = || all.iter().filter(|found| found.severity == Severity::Error);
    let mut list: Vec<Value> = errors().take(MOST).map(|found| problem(found, texts)).collect();
    if errors().count() > MOST {
        list.push(json!({"message": format!("and {} more: the terminal shows all", errors().count() - MOST)}));
    }
    Value::Array(list).to_string()
}

fn problem(found: &Diagnostic, texts: &dyn Texts) -> Value {
    let at = found.place.as_ref().and_then(|place| texts.locate(place)).map(|span| match texts.text(span.file) {
        Some(text) => {
            let place = LineIndex::new(text).position(span.start as usize);
            format!("{}:{}:{}", span.file, place.line, place.column)
        }
        None => span.file.to_string(),
    });
    let help: Vec<&str> = found.help.iter().map(|help| help.text.as_str()).collect();
    json!({"code": found.code.name(), "message": found.message, "label": found.label, "at": at, "help": help})
}

/// Which of two came first.
pub(super) enum Either<A, B> {
    Left(A),
    Right(B),
}

/// Waits for the first of two; the other is dropped.
pub(super) async fn either<A, B>(left: impl Future<Output = A>, right: impl Future<Output = B>) -> Either<A, B> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    std::future::poll_fn(|context| match left.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Either::Left(value)),
        Poll::Pending => right.as_mut().poll(context).map(Either::Right),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_whole_or_not_at_all() {
        for (shown, same) in [("abcd", true), ("abce", false), ("abc", false), ("abcde", false), ("", false)] {
            assert_eq!(is_same(shown, "abcd"), same, "{shown}");
        }
    }
}
