//! Mail by SMTP: what a real mail server is told.

use crate::support::within;
use switchhook::server::notify::mail::{Mail, Mailer, SmtpMailer};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufStream},
    net::TcpListener,
};

/// Takes one mail; answers the envelope's two lines and the text.
async fn take_one(listener: TcpListener) -> (String, String, String) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufStream::new(stream);
    let (mut from, mut to, mut text, mut in_text) = (String::new(), String::new(), String::new(), false);
    stream.write_all(b"220 mail.test ready\r\n").await.unwrap();
    stream.flush().await.unwrap();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return (from, to, text);
        }
        let answer = match line.trim_end() {
            "." if in_text => {
                in_text = false;
                "250 taken"
            }
            kept if in_text => {
                text.push_str(kept);
                text.push('\n');
                continue;
            }
            "DATA" => {
                in_text = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            command => {
                if let Some(address) = command.strip_prefix("MAIL FROM:") {
                    from = address.to_string();
                } else if let Some(address) = command.strip_prefix("RCPT TO:") {
                    to = address.to_string();
                }
                "250 well"
            }
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        if answer == "250 taken" {
            return (from, to, text);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_reaches_the_server_that_the_settings_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let mailer = SmtpMailer::new(&url, "Switchhook <hooks@platform.test>").unwrap();
    mailer.send(Mail {
        to: "ada@acme.test".into(),
        subject: "Reset your password".into(),
        text: "Open this link:\n\nhttps://hooks.platform.test/reset/abc\n".into(),
    });
    let (from, to, text) = within("the mail", take_one(listener)).await;
    assert!(from.starts_with("<hooks@platform.test>") && to.starts_with("<ada@acme.test>"), "{from} {to}");
    for line in ["Subject: Reset your password", "https://hooks.platform.test/reset/abc"] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
    }
}
