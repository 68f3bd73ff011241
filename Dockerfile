FROM denoland/deno:2.9.3 AS build
WORKDIR /src
COPY . .
RUN deno task compile
RUN mkdir /data

FROM debian:13.1-slim
COPY --from=build /src/dist/sluice /usr/local/bin/sluice
# The embedded cache and the ledger are written below the working directory: mount a volume there to keep them.
COPY --from=build --chown=10001:10001 /data /data
WORKDIR /data
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/sluice"]
