// @zitadel/node: gRPC through grpc-js. Arguments: URL, token, user.
import assert from "node:assert/strict";

import { createAccessTokenInterceptor, createManagementClient } from "@zitadel/node/dist/api/index.js";

const [url, token, user] = process.argv.slice(2);
const client = createManagementClient(url, createAccessTokenInterceptor(token));
const text = (value) => Buffer.from(value).toString();

const set = await client.setUserMetadata({ id: user, key: "node", value: Buffer.from("one") });
assert.equal(set.id, user);
assert.ok(Number(set.details.sequence) > 0);
assert.ok(set.details.creationDate instanceof Date);

const { metadata } = await client.getUserMetadata({ id: user, key: "node" });
assert.equal(text(metadata.value), "one");
assert.equal(String(metadata.details.sequence), String(set.details.sequence));

const large = Buffer.alloc(300_000, "x");
await client.bulkSetUserMetadata({
  id: user,
  metadata: [
    { key: "node/ä", value: Buffer.from("two") },
    { key: "node/large", value: large },
  ],
});
const listed = await client.listUserMetadata({
  id: user,
  queries: [{ keyQuery: { key: "node", method: 2 } }],
});
assert.deepEqual(
  listed.result.map((entry) => entry.key),
  ["node", "node/large", "node/ä"],
);
assert.ok(Buffer.from(listed.result[1].value).equals(large));
assert.equal(Number(listed.details.totalResult), 3);

await client.removeUserMetadata({ id: user, key: "node" });
await client.bulkRemoveUserMetadata({ id: user, keys: ["node/ä", "node/large"] });
await assert.rejects(client.getUserMetadata({ id: user, key: "node" }), (error) => {
  assert.equal(error.code, 5); // NOT_FOUND
  assert.match(error.details, /\(QUERY-Rgh32\)/);
  return true;
});
await assert.rejects(
  client.setUserMetadata({ id: "1", key: "node", value: Buffer.from("x") }),
  (error) => error.code === 9 && error.details.includes("COMMAND-uXHNj"),
);
await assert.rejects(
  createManagementClient(url, createAccessTokenInterceptor("wrong")).healthz({}).then(() =>
    createManagementClient(url, createAccessTokenInterceptor("wrong")).getUserMetadata({ id: user, key: "k" }),
  ),
  (error) => error.code === 16 && error.details.includes("AUTH-7fs1e"),
);

const machine = await client.addMachineUser({ userName: `node-${Date.now()}`, name: "node" });
const made = await client.addPersonalAccessToken({ userId: machine.userId });
assert.ok(made.token.length > 20);
await client.removeUser({ id: machine.userId });

// Calls at a time share one connection.
const values = Array.from({ length: 50 }, (_, number) => `many${number}`);
await Promise.all(
  values.map((key) => client.setUserMetadata({ id: user, key, value: Buffer.from(key) })),
);
const all = await Promise.all(values.map((key) => client.getUserMetadata({ id: user, key })));
assert.deepEqual(all.map((answer) => text(answer.metadata.value)), values);
await client.bulkRemoveUserMetadata({ id: user, keys: values });

console.log("done");
process.exit(0); // the SDK has no way to close its channel
