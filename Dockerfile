# Built in one image, run in a small one as a user without rights. Data is in /data: mount a volume there.
#   docker build -t switchhook . && docker run -p 3000:3000 -v switchhook:/data \
#     -e SWITCHHOOK_PUBLIC_URL=https://hooks.example.com --restart unless-stopped --stop-timeout 30 switchhook
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
RUN rustup target add wasm32-unknown-unknown
WORKDIR /source
COPY . .
RUN cargo xtask assets --release && cargo build --release --locked --features ssr --bin switchhook

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data switchhook && install -d -o switchhook -m 0700 /data
COPY --from=build /source/target/release/switchhook /usr/local/bin/switchhook
USER switchhook
WORKDIR /data
VOLUME /data
EXPOSE 3000
ENV DATABASE_URL=sqlite:///data/switchhook.db SWITCHHOOK_LISTEN=0.0.0.0:3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["switchhook"]
CMD ["serve"]
