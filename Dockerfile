# The box as a container of one static file. Needs nothing of the machine but ports; docs/hosting.md has the rest.
#
#   docker build -t wizyjno .

FROM docker.io/library/rust:1.95-alpine AS build
# A C compiler, for aws-lc.
RUN apk add --no-cache build-base
WORKDIR /source
COPY . .
# On Alpine programs are static: its C library is musl. The folders are made here because scratch has no mkdir.
RUN cargo build --release --locked --bin wizyjno && mkdir /state

FROM scratch
COPY --from=build /source/target/release/wizyjno /wizyjno
# Whom to trust for the ACME authority's own certificate.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# Keys and certificates: nobody's but this user's, and to be kept.
COPY --from=build --chown=10001:10001 /state /state
VOLUME /state
USER 10001:10001
ENV WIZYJNO_STATE_DIR=/state WIZYJNO_NO_MDNS=true
# The page, the way to it, and media.
EXPOSE 443/tcp 80/tcp 3478/udp 3478/tcp
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/wizyjno", "health"]
ENTRYPOINT ["/wizyjno"]
