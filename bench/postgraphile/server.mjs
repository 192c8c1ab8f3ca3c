// PostGraphile 5 over the gateway's tables: `node server.mjs PORT`, with DATABASE_URL and POOL.
import { createServer } from "node:http";
import pg from "pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";
import { postgraphile } from "postgraphile";

const contact = (column, name) =>
  `(tenant_id, ${column}) references core_contact (tenant_id, id)|@fieldName ${name}`;
const user = (column, name) =>
  `(tenant_id, ${column}) references core_user (tenant_id, id)|@fieldName ${name}`;
const view = (key, foreignKey) => ({ tags: { primaryKey: `tenant_id,${key}`, foreignKey } });

const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      core_chart_current: view("contact_id,kind", [
        `${contact("contact_id", "contact")}|@foreignSimpleFieldName charts`,
      ]),
      core_custom_value_shown: view("contact_id,field_id", [
        `${contact("contact_id", "contact")}|@foreignSimpleFieldName shownValues`,
      ]),
      finance_account_current: view("contact_id", [
        `${contact("contact_id", "contact")}|@foreignSingleFieldName account`,
      ]),
      crm_effective_flag: view("contact_id,flag_id", [
        `${contact("contact_id", "shownOn")}|@foreignSimpleFieldName effectiveFlags`,
        contact("origin_id", "origin"),
        user("set_by", "setter"),
      ]),
      crm_effective_suspension: view("contact_id,suspension_id", [
        `${contact("contact_id", "reached")}|@foreignSimpleFieldName effectiveSuspensions`,
        contact("origin_id", "origin"),
        user("suspended_by", "suspender"),
      ]),
    },
  },
});

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL),
  options: "-c jit=off -c timezone=UTC",
});
const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [tags],
  // Orders and conditions for all columns, whether or not an index begins with them.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  schema: { defaultBehavior: "+list +connection +resource:list" },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
  pgServices: [makePgService({ pool, schemas: ["public"] })],
};
const served = postgraphile(preset).createServ(grafserv);
const server = createServer();
await served.addTo(server);
server.listen(Number(process.argv[2]), "127.0.0.1");
