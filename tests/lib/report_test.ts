import assert from "node:assert/strict";
import { startReport } from "../../lib/report.ts";
import { testConfig } from "../support/test_server.ts";

const facts = {
  version: "1",
  port: 8000,
  database: "PostgreSQL 17.2 on db:5432",
  mailbox: false,
  clock: undefined,
};
const database = { kind: "server", url: "postgres://db" } as const;

Deno.test("startReport says what a process runs, on what, and where the rest is", () => {
  const gate = startReport(
    testConfig(database, {
      roles: new Set(["gate"]),
      statusUrls: ["http://10.0.0.1:8000", "http://10.0.0.2:8000"],
      verifyUrls: ["http://10.0.0.3:8000"],
    }),
    facts,
  );
  assert.match(gate, /page +http/);
  assert.match(gate, /roles +gate\n/);
  assert.match(gate, /status +at http:\/\/10\.0\.0\.1:8000, http:\/\/10\.0\.0\.2:8000\n/);
  assert.match(gate, /verify +at http:\/\/10\.0\.0\.3:8000\n/);
  assert.match(gate, /files +in \S+\n/);
  assert.doesNotMatch(gate, /key-value|mail/);
  const verify = startReport(testConfig(database, { roles: new Set(["verify"]) }), facts);
  assert.match(verify, /address +http/);
  assert.match(verify, /key-value +in memory\n/);
  assert.match(verify, /mail +kept/);
  assert.doesNotMatch(verify, /page|bus|files/);
  const bucket = startReport(
    testConfig(database, {
      files: {
        kind: "s3",
        endpoint: "https://s3.example.org",
        region: "eu-1",
        bucket: "parley",
        prefix: "",
        accessKey: "AKIA",
        secretKey: "hunter2",
      },
    }),
    facts,
  );
  assert.match(bucket, /files +S3 bucket parley at https:\/\/s3\.example\.org\n/);
  assert.doesNotMatch(bucket, /hunter2|AKIA/);
  const all = startReport(testConfig(database), facts);
  assert.doesNotMatch(all, /roles|status|verify/);
});
