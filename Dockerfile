# syntax=docker/dockerfile:1
# Builds wismo, then keeps only what it needs to run: no compiler, no development packages, no root.
FROM node:22-bookworm-slim AS build
WORKDIR /app
# better-sqlite3 compiles where no prebuilt binary fits.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production WISMO_DATA_DIR=/data HOST=0.0.0.0 PORT=8080
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
# Read at run time: sentences, training data, places, policies, the page, carrier fixtures and sandbox orders.
COPY --from=build --chown=root:root /app/locales ./locales
COPY --from=build --chown=root:root /app/nlu ./nlu
COPY --from=build --chown=root:root /app/bots ./bots
COPY --from=build --chown=root:root /app/compliance ./compliance
COPY --from=build --chown=root:root /app/connectors/webchat/page ./connectors/webchat/page
COPY --from=build --chown=root:root /app/carriers/fixtures ./carriers/fixtures
COPY --from=build --chown=root:root /app/sandbox ./sandbox
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s \
  CMD node -e "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "--disable-warning=PINODEP008", "dist/cli/wismo.js"]
CMD ["start"]
