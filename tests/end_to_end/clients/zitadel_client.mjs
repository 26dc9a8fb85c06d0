// @zitadel/client: gRPC, as its own transport speaks it, and the same services over gRPC-Web and Connect, in
// HTTP/1.1 and HTTP/2. Arguments: URL, token, user.
import assert from "node:assert/strict";

import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { NewAuthorizationBearerInterceptor } from "@zitadel/client";
import { createServerTransport } from "@zitadel/client/node";
import { createManagementServiceClient } from "@zitadel/client/v1";
import { createUserServiceClient } from "@zitadel/client/v2";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";

const [url, token, user] = process.argv.slice(2);
const bytes = (text) => new TextEncoder().encode(text);
const text = (value) => new TextDecoder().decode(value);

function options(httpVersion, more = {}) {
  return { baseUrl: url, httpVersion, interceptors: [NewAuthorizationBearerInterceptor(token)], ...more };
}

const transports = { "gRPC over HTTP/2": createServerTransport(token, { baseUrl: url, httpVersion: "2" }) };
for (const version of ["1.1", "2"]) {
  transports[`gRPC-Web over HTTP/${version}`] = createGrpcWebTransport(options(version));
  transports[`Connect JSON over HTTP/${version}`] = createConnectTransport(options(version));
  transports[`Connect proto over HTTP/${version}`] = createConnectTransport(
    options(version, { useBinaryFormat: true }),
  );
}

async function failure(call) {
  const error = await call.then(
    () => assert.fail("the call was to fail"),
    (reason) => ConnectError.from(reason),
  );
  return { code: error.code, ids: error.findDetails(ErrorDetailSchema).map((detail) => detail.id) };
}

async function version1(transport) {
  const client = createManagementServiceClient(transport);
  const set = await client.setUserMetadata({ id: user, key: "v1 é", value: bytes("one") });
  assert.equal(set.id, user);
  const { metadata } = await client.getUserMetadata({ id: user, key: "v1 é" });
  assert.equal(text(metadata.value), "one");
  assert.equal(metadata.details.sequence, set.details.sequence);
  await client.bulkSetUserMetadata({ id: user, metadata: [{ key: "v1 b", value: bytes("y".repeat(200_000)) }] });
  const listed = await client.listUserMetadata({ id: user });
  assert.deepEqual(
    listed.result.map((entry) => entry.key),
    ["v1 b", "v1 é"],
  );
  await client.removeUserMetadata({ id: user, key: "v1 é" });
  await client.bulkRemoveUserMetadata({ id: user, keys: ["v1 b"] });
  assert.deepEqual(await failure(client.getUserMetadata({ id: user, key: "v1 b" })), {
    code: Code.NotFound,
    ids: ["QUERY-Rgh32"],
  });
  assert.deepEqual(await failure(client.setUserMetadata({ id: user, key: "", value: bytes("x") })), {
    code: Code.InvalidArgument,
    ids: [],
  });
}

async function version2(transport) {
  const client = createUserServiceClient(transport);
  const set = await client.setUserMetadata({
    userId: user,
    metadata: [
      { key: "v2", value: bytes("zwei") },
      { key: "v2 too", value: bytes("x") },
    ],
  });
  assert.ok(set.setDate.seconds > 0n);
  const listed = await client.listUserMetadata({
    userId: user,
    filters: [{ filter: { case: "keyFilter", value: { key: "v2", method: 0 } } }],
  });
  assert.deepEqual(
    listed.metadata.map((entry) => [entry.key, text(entry.value)]),
    [["v2", "zwei"]],
  );
  assert.equal(listed.pagination.totalResult, 1n);
  await client.deleteUserMetadata({ userId: user, keys: ["v2", "v2 too"] });
  assert.deepEqual(await failure(client.deleteUserMetadata({ userId: user, keys: ["v2"] })), {
    code: Code.NotFound,
    ids: ["META-2nnds"],
  });
}

for (const [name, transport] of Object.entries(transports)) {
  await version1(transport);
  await version2(transport);
  console.log(`${name}: done`);
}
process.exit(0); // idle connections would keep the process for minutes
