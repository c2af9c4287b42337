# The image: Node, the bundles and the data they read; no package manager of ours, no sources; of a shell it needs no more than `sh`.
# It works with a read-only root: only /data (the ledger) is written to.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY . .
RUN node test/image/bundle.ts --build-only && mkdir /data

FROM ${BASE}
LABEL org.opencontainers.image.title="Switchboard" \
      org.opencontainers.image.description="Phone agents on Realtime models: answers calls, bridges them to a session, keeps a record and a trace of each." \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/dist /app
COPY --from=build /src/cli/init.sh /app/bin/init
COPY --from=build --chown=10001:10001 /data /data
ENV NODE_ENV=production \
    PATH=/app/bin:$PATH \
    SWITCHBOARD_DB=/data/calls.db
USER 10001:10001
VOLUME ["/data"]
# SIP; the HTTP API. RTP is a range (--rtp-ports, 20000-24000) and is published as one.
EXPOSE 5060/udp 5060/tcp 8080/tcp
# Probes are the platform's: GET /healthz and /readyz, with --http-host 0.0.0.0.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/bin/init"]
CMD ["--help"]
