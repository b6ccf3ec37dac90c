# One replica. The base is pinned by tag; to pin what you have checked, write its digest as well:
#   docker buildx imagetools inspect node:24-slim     ->  node:24-slim@sha256:...
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts scripts
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./

# 1000 is the image's own user "node". A new volume takes over the owner of what it is mounted on.
RUN install -d -o 1000 -g 1000 -m 0700 /data /secret
USER 1000:1000
VOLUME /data
ENV SYNOD_DATA_DIR=/data/replica

EXPOSE 7600 7601
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=3s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.SYNOD_LISTEN_CLIENT_PORT ?? 7600) + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--disable-proto=delete", "dist/src/main.js"]
