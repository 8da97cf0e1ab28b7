// PostGraphile 5 as its production preset has it, on the tables of keqi: no GraphiQL, no explain, prepared
// statements on. Usage: node server.js PORT DATABASE_URL POOL_SIZE
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, connectionString, poolSize] = process.argv.slice(2);

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["MutationPlugin", "SubscriptionPlugin", "MutationPayloadQueryPlugin"],
  pgServices: [
    makePgService({
      connectionString,
      schemas: ["public"],
      pubsub: false,
      poolConfig: { max: Number(poolSize), options: "-c jit=off" },
    }),
  ],
  grafserv: { graphiql: false, graphqlOverGET: false, websockets: false, watch: false },
  grafast: { explain: false },
});

const server = createServer();
server.keepAliveTimeout = 0;
await instance.createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
