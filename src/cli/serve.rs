//! `serve`: the book in a browser, as it is edited.

use super::args::{Args, Serve};
use super::open::Opened;
use super::{Ended, report};
use crate::diag::{Fault, human};
use crate::serve::{self, Setup, Told};
use crate::site::Options;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::process::{Command, Stdio};

/// Serves the book until the process is told to end.
pub fn run(args: &Args, wanted: &Serve) -> Ended {
    let book = Opened::book(args)?;
    let listener = listen(wanted)?;
    let address = listener.local_addr().map_err(|error| Fault::new("cannot listen", error))?;
    let url = serve::url(address);
    report::line(&format!("serving {} at {url} (Ctrl-C ends it)", book.root.display()));
    if !address.ip().is_loopback() {
        report::line(&format!(
            "note: every machine that reaches {address} can read this book, drafts and data included"
        ));
    }
    if wanted.open {
        open(&url);
    }
    let told = args.clone();
    let mut wrong = false;
    serve::run(Setup {
        pipeline: book.pipeline(Options { base_url: None, live: true }),
        root: book.root.clone(),
        files: book.files(),
        listener,
        host: wanted.host.clone(),
        poll: wanted.poll,
        tell: Box::new(move |what| tell(&told, &what, &mut wrong)),
    })?;
    Ok(0)
}

/// The port that was asked for, or the first free of ten.
fn listen(wanted: &Serve) -> Result<TcpListener, Fault> {
    const FIRST: u16 = 3000;
    let host = wanted.host.as_str();
    let addresses = |port: u16| -> Result<Vec<SocketAddr>, Fault> {
        let found =
            (host, port).to_socket_addrs().map_err(|error| Fault::new(format!("cannot find the host `{host}`"), error));
        Ok(found?.collect())
    };
    let doing = |port: u16| format!("cannot listen at port {port} of {host}");
    if let Some(port) = wanted.port {
        return TcpListener::bind(&*addresses(port)?).map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => Fault::new(doing(port), "the port is taken; without `--port` a free one is found"),
            _ => Fault::new(doing(port), error),
        });
    }
    for port in FIRST..FIRST + 10 {
        match TcpListener::bind(&*addresses(port)?) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            other => return other.map_err(|error| Fault::new(doing(port), error)),
        }
    }
    let range = format!("ports {FIRST} to {} are all taken; `--port N` names another", FIRST + 9);
    Err(Fault::new(format!("cannot listen at {host}"), range))
}

fn tell(args: &Args, what: &Told<'_>, wrong: &mut bool) {
    match what {
        Told::Polling(reason) => report::note(args, &format!("note: looking at the files twice a second: {reason}")),
        Told::Book(pipeline, unmade) => {
            // A terminal that is gone takes no more; the pages still show what is wrong.
            let Ok(count) = report::diagnostics(args, pipeline) else { return };
            let any = count.errors + count.warnings > 0;
            let rest = match unmade {
                0 => String::new(),
                1 => "; 1 page unmade".to_owned(),
                n => format!("; {n} pages unmade"),
            };
            if any {
                report::note(args, &format!("{}{rest}", human::summary(count.errors, count.warnings)));
            } else if *wrong {
                report::note(args, &format!("all is mended{rest}"));
            }
            *wrong = any;
        }
    }
}

/// Opens the address in the browser: one argument, no shell. What the user's `BROWSER` names comes first.
#[allow(clippy::disallowed_methods, reason = "no page hangs on it")]
fn open(url: &str) {
    let named = std::env::var("BROWSER").ok().filter(|name| !name.is_empty() && !name.contains([' ', '%', ':']));
    let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let program = named.unwrap_or_else(|| usual.to_owned());
    let started =
        Command::new(&program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    match started {
        // Waited for, so that no dead process stays in the table.
        Ok(mut browser) => drop(std::thread::spawn(move || browser.wait())),
        Err(error) => report::line(&format!("note: `{program}` could not be started ({error}); open {url} yourself")),
    }
}
