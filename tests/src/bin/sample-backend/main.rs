//! A real HTTP/1.1 backend for tests and for trying Proxy Kit out.
//!
//! `sample-backend --name NAME [--listen HOST:PORT|unix:PATH] [--close-after N] [--tls-cert FILE --tls-key FILE
//! [--client-ca FILE] [--alpn NAME,...]]` prints `listening on ADDRESS` and
//! serves until its standard input ends, so that it never outlives the program that started it.
//!
//! It answers every request with a description of it in JSON. The request header `x-sample` asks for another
//! answer ([`plan::Plan`]), an `Upgrade` for a tunnel that echoes ([`upgrade`]). The paths below `/.sample/` are for
//! the test that runs it ([`control`]). With `--close-after N` it closes each connection behind the N-th answer
//! without having said so. With `--tls-cert` it speaks TLS with those who begin so, and HTTP/2 if `--alpn` names `h2`.

mod answer;
mod body;
mod connection;
mod control;
mod plan;
mod state;
mod tls;
mod upgrade;

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::oneshot;

use state::State;

struct Arguments {
    name: String,
    listen: String,
    close_after: Option<usize>,
    tls: tls::Files,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let state = Arc::new(State::new(arguments.name, arguments.close_after));
    let input_ended = watch_input();
    let acceptor = arguments.tls.acceptor()?;
    if let Some(path) = arguments.listen.strip_prefix("unix:") {
        if std::fs::exists(path)? {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        announce(&arguments.listen)?;
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection::serve(socket, false, state.clone()));
            }
        });
    } else {
        let listener = TcpListener::bind(&arguments.listen).await?;
        announce(&listener.local_addr()?.to_string())?;
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A test that counts milliseconds must not meet Nagle's algorithm here.
                let _ = socket.set_nodelay(true);
                tokio::spawn(tls::serve(socket, acceptor.clone(), state.clone()));
            }
        });
    }
    Ok(input_ended.await?)
}

fn announce(address: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "listening on {address}")?;
    output.flush()
}

/// Resolves when standard input ends.
fn watch_input() -> oneshot::Receiver<()> {
    let (sender, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
        sender.send(())
    });
    ended
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Arguments {
            name: "sample".into(),
            listen: "127.0.0.1:0".into(),
            close_after: None,
            tls: tls::Files::default(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--name" => arguments.name = value()?,
                "--listen" => arguments.listen = value()?,
                "--close-after" => {
                    arguments.close_after =
                        Some(value()?.parse().map_err(|_| format!("{word} needs a number"))?);
                }
                "--tls-cert" => arguments.tls.chain = Some(value()?.into()),
                "--tls-key" => arguments.tls.key = Some(value()?.into()),
                "--client-ca" => arguments.tls.client_ca = Some(value()?.into()),
                "--alpn" => arguments.tls.alpn = value()?.split(',').map(|name| name.into()).collect(),
                _ => return Err(format!("unknown option {word}")),
            }
        }
        Ok(arguments)
    }
}
