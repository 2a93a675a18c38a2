use axum::{Router, routing::get};
use leptos::prelude::*;
use switchhook::{
    server::http::{assets, render},
    ui::{islands::copy::*, shell::Theme},
};
#[tokio::main]
async fn main() {
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                render::document(
                    "Hello".into(),
                    Theme::System,
                    || view! { <main><h1>"Hi"</h1><CopyButton text="x".into() what="x".into() bare=false/></main> },
                )
            }),
        )
        .route("/assets/{*name}", get(assets::serve));
    let l = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    axum::serve(l, app).await.unwrap();
}
