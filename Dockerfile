# A coordinator, or by another command (`join …`) an institution. The bootstrap installs what the lockfile says and runs the
# pinned Node; nothing but the dashboard is built.
FROM node:22.23.3-bookworm-slim

ENV NODE_ENV=production
WORKDIR /app
RUN mkdir -p /data && chown node:node /app /data
USER node

COPY --chown=node:node . .
# The coordinator aggregates typed arrays and measures models on WebAssembly; native TensorFlow (600 MB) would not speed it up much.
ENV TRIBUTARY_NATIVE=off TRIBUTARY_BACKEND=wasm
RUN node scripts/bootstrap.mjs install

VOLUME /data
EXPOSE 7420
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7420/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "scripts/bootstrap.mjs", "run", "packages/cli/src/main.ts"]
CMD ["coordinator", "--host", "0.0.0.0", "--port", "7420", "--data-dir", "/data"]
