// The npm package `backend.ai-client` as its user writes it: signs with the keypair of the environment
// and tells as JSON what it got.
//
//   client.cjs sees            everything this caller's pages would ask for
//   client.cjs start NAME      starts a session and shows it
//   client.cjs end NAME        ends it
"use strict";

// The package is written for browsers and keeps the current project there.
const kept = new Map();
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, String(value)),
  removeItem: (key) => kept.delete(key),
};

const ai = require("backend.ai-client/backend.ai-client-node.js");

const { BACKEND_ENDPOINT, BACKEND_ACCESS_KEY, BACKEND_SECRET_KEY, BACKEND_DOMAIN, BACKEND_GROUP } = process.env;
const config = new ai.backend.ClientConfig(BACKEND_ACCESS_KEY, BACKEND_SECRET_KEY, BACKEND_ENDPOINT, "API");
const client = new ai.backend.Client(config, "Rollcall test");

const FIELDS = ["id", "name", "image", "created_at", "terminated_at", "status", "status_info", "occupied_slots",
  "service_ports", "mounts", "access_key", "cluster_size", "cluster_mode", "scaling_group",
  "containers {container_id agent occupied_slots live_stat last_stat}"];
const USER = ["email", "full_name", "role", "domain_name", "is_active", "groups {id name}"];
const KEY = ["access_key", "is_active", "is_admin", "user_id", "resource_policy", "created_at"];
const FINISHED = "TERMINATED,CANCELLED";

/// What was answered, or the status with which it was refused.
const or_refused = (asked) => asked.catch((error) => ({ refused: error.statusCode ?? String(error.message) }));

async function sees() {
  const { keypair } = await client.keypair.info(config.accessKey, KEY);
  client.is_admin = keypair.is_admin;
  const { groups } = await client.group.list(true, BACKEND_DOMAIN);
  const list = async (status) => (await client.computeSession.list(FIELDS, status, "", 100, 0)).compute_session_list;
  return {
    version: client.managerVersion,
    api: client.apiVersion,
    keypair,
    groups,
    user: await or_refused(client.user.get(keypair.user_id, USER)),
    running: await list("RUNNING,RESTARTING,TERMINATING,PENDING,SCHEDULED,PREPARING,PULLING"),
    finished: await list(FINISHED),
    page: (await client.computeSession.list(["id"], FINISHED, "", 2, 1)).compute_session_list,
    users: await or_refused(client.user.list(true, USER)),
    keypairs: await or_refused(client.keypair.list(null, KEY)),
    policies: await or_refused(client.resourcePolicy.get()),
    agents: await or_refused(client.agent.list("ALIVE", ["id", "status", "available_slots", "occupied_slots"])),
    domain: await or_refused(client.domain.get(BACKEND_DOMAIN)),
    scalingGroups: await client.scalingGroup.list(BACKEND_GROUP),
    images: await client.image.list(),
    slots: await client.get_resource_slots(),
    presets: await client.resourcePreset.list(),
    check: await client.resourcePreset.check({ group: BACKEND_GROUP }),
  };
}

async function start(name) {
  const wanted = { cpu: 1, mem: "256m", domain: BACKEND_DOMAIN, group_name: BACKEND_GROUP };
  const made = await client.createIfNotExists("bash", name, wanted, 20000);
  const again = await client.createIfNotExists("bash", name, wanted, 20000);
  const shown = await client.computeSession.get(["id", "name", "status"], made.sessionId);
  const info = await client.get_info(name);
  const { result } = await client.get_logs(made.sessionId);
  return { made, again, shown: shown.compute_session, info, logs: result.logs };
}

async function main([command, name]) {
  await client.get_manager_version();
  switch (command) {
    case "sees": return sees();
    case "start": return start(name);
    case "end": return client.destroy(name);
    default: throw new Error(`no command ${command}`);
  }
}

main(process.argv.slice(2)).then(
  (told) => console.log(JSON.stringify(told)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
