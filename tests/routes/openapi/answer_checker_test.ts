/** What holds the tests' answers against the document would notice what is wrong about one. */
import assert from "node:assert/strict";
import { checkAnswer } from "../../support/answer_checker.ts";

const JSON_TYPE = "application/json";
const PROBLEM_TYPE = "application/problem+json";
const ID = "01a1ffb9-0802-7477-9711-c6280e49fcb9";

const user = { id: ID, username: "anna", displayName: "Anna", avatar: null, bio: "" };
const me = { ...user, email: "anna@example.org", createdAt: "2026-01-02T03:04:05.678Z" };
const problem = {
  type: "urn:parley:error:unauthenticated",
  title: "Not signed in",
  status: 401,
  detail: "an access token is needed",
  code: "unauthenticated",
};
const limited = { ...problem, status: 429, code: "rate-limited", retryAfter: 3 };

type Given = [status: number, type: string | undefined, body: unknown, more?: [string, string][]];

function check(method: string, path: string, [status, type, body, more = []]: Given) {
  const headers = new Headers(type === undefined ? more : [["content-type", type], ...more]);
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  return checkAnswer(method, `/api/v1${path}`, { status, headers, text });
}

Deno.test("checkAnswer finds nothing wrong about answers that are as the document says", () => {
  const good: [string, string, Given][] = [
    ["GET", "/me", [200, JSON_TYPE, me]],
    ["GET", "/me?", [401, PROBLEM_TYPE, problem]],
    ["GET", "/me", [429, PROBLEM_TYPE, limited, [["retry-after", "3"]]]],
    ["GET", `/users/${ID}`, [200, "application/json; charset=utf-8", {
      ...user,
      relation: "none",
    }]],
    ["GET", "/users?query=anna", [200, JSON_TYPE, { users: [] }]],
    ["DELETE", `/conversations/${ID}/members/${ID}`, [204, undefined, undefined]],
    ["GET", "/nothing", [404, PROBLEM_TYPE, { ...problem, status: 404, code: "not-found" }]],
  ];
  for (const [method, path, given] of good) {
    assert.equal(check(method, path, given), undefined, `${method} ${path} ${given[0]}`);
  }
});

const bad: Record<string, [string, string, Given, RegExp]> = {
  "a status that is not foreseen": ["GET", "/me", [201, JSON_TYPE, me], /201/],
  "a field that is missing": ["GET", "/me", [200, JSON_TYPE, user], /email/],
  "a field that is not in it": ["GET", "/me", [200, JSON_TYPE, { ...me, hash: "x" }], /hash/],
  "such a field further in": [
    "GET",
    "/users",
    [200, JSON_TYPE, { users: [{ ...user, relation: "none", email: "x" }] }],
    /email/,
  ],
  "a value of another type": ["GET", "/me", [200, JSON_TYPE, { ...me, bio: null }], /bio/],
  "a value of another form": [
    "GET",
    "/me",
    [200, JSON_TYPE, { ...me, createdAt: "now" }],
    /createdAt/,
  ],
  "another type of content": ["GET", "/me", [200, "text/plain", me], /text\/plain/],
  "no type of content": ["GET", "/me", [200, undefined, me], /undefined/],
  "what is not JSON": ["GET", "/me", [200, JSON_TYPE, "{"], /JSON/],
  "a body where there is none": ["DELETE", "/sessions/current", [204, JSON_TYPE, {}], /body/],
  "a code that this status does not have": [
    "GET",
    "/me",
    [401, PROBLEM_TYPE, { ...problem, code: "credentials" }],
    /code/,
  ],
  "a refusal for now that does not say until when": [
    "GET",
    "/me",
    [429, PROBLEM_TYPE, limited],
    /Retry-After is missing/,
  ],
  "a success where no route is": ["GET", "/nothing", [200, JSON_TYPE, {}], /no such route/],
};
for (const [what, [method, path, given, words]] of Object.entries(bad)) {
  Deno.test(`checkAnswer finds ${what}`, () => {
    assert.match(check(method, path, given) ?? "", words);
  });
}
