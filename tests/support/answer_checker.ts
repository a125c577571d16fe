/** Holds live answers against the document that the server gives out about itself. */
import type { ValidateFunction } from "ajv/dist/2020.js";
import { type Answer, createDocument, type Document } from "../../routes/openapi/document.ts";
import { createCompiler } from "./document_schemas.ts";
import { readHandlers } from "./route_table.ts";

export type SeenAnswer = {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
};

/** What is wrong about an answer, in words; undefined for one that is as the document says. */
export type CheckAnswer = (method: string, path: string, answer: SeenAnswer) => string | undefined;

type Expected = { readonly answer: Answer; readonly check: ValidateFunction | undefined };

export function createAnswerChecker(document: Document): CheckAnswer {
  const compile = createCompiler(document, { closed: true });
  const compiled = new Map<Answer, Expected>();
  const expect = (answer: Answer): Expected => {
    const known = compiled.get(answer);
    if (known !== undefined) return known;
    const [content] = Object.values(answer.content ?? {});
    const check = content?.schema && compile(content.schema);
    const expected = { answer, check };
    compiled.set(answer, expected);
    return expected;
  };
  // What is written out goes before what is left open.
  const templates = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  })).sort((one, other) => one.path.split("{").length - other.path.split("{").length);
  const nowhere = expect({
    description: "Nothing is at this address.",
    content: {
      "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
    },
  });

  return (method, path, seen) => {
    const [bare = ""] = path.split(/[?#]/);
    const at = templates.find(({ path, pattern }) =>
      pattern.test(bare) && document.paths[path]?.[method.toLowerCase()] !== undefined
    );
    if (at === undefined) {
      const refused = seen.status >= 400 && seen.status < 500;
      return refused ? differenceOf(seen, nowhere) : `there is no such route: ${seen.status}`;
    }
    const responses = document.paths[at.path]?.[method.toLowerCase()]?.responses ?? {};
    const found = responses[seen.status];
    if (found === undefined) return `nothing says that it may answer ${seen.status}`;
    const name = "$ref" in found ? found.$ref.slice("#/components/responses/".length) : undefined;
    const answer = name === undefined ? found as Answer : document.components.responses[name];
    if (answer === undefined) return `there is no answer of the name ${name}`;
    return differenceOf(seen, expect(answer));
  };
}

function differenceOf({ headers, text }: SeenAnswer, { answer, check }: Expected) {
  for (const [name, header] of Object.entries(answer.headers ?? {})) {
    const value = headers.get(name);
    if (value === null && header.required === true) return `${name} is missing`;
    if (name === "Retry-After" && value !== null && !/^\d+$/.test(value)) {
      return `${name} is ${value}`;
    }
  }
  const type = headers.get("content-type")?.split(";")[0];
  const types = Object.keys(answer.content ?? {});
  if (types.length === 0) {
    return text === "" && type === undefined ? undefined : `it has a body: ${type} ${text}`;
  }
  // What somebody uploaded may be anything.
  if (type !== undefined && types.includes("*/*")) return undefined;
  if (type === undefined || !types.includes(type)) return `it is ${type}, not ${types.join()}`;
  if (check === undefined) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (check(body)) return undefined;
  const [problem] = check.errors ?? [];
  const more = JSON.stringify(problem?.params);
  return `its ${problem?.instancePath || "body"} ${problem?.message} ${more}`;
}

let checker: CheckAnswer | undefined;

/** By the document of this very tree, which takes a moment to be made. */
export const checkAnswer: CheckAnswer = (...seen) => {
  checker ??= createAnswerChecker(createDocument(readHandlers(), "0.0.0"));
  return checker(...seen);
};
