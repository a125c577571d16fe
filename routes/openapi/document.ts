import { STATUS_CODES } from "node:http";
import * as z from "zod";
import { type Asks, asksOf } from "../../lib/http/asks.ts";
import { Problem } from "../../lib/protocol/answers.ts";
import { Id } from "../../lib/protocol/model.ts";
import { type Content, CONTRACT, GROUPS } from "./contract.ts";
import { refusalsOf, showRefusals } from "./refusals.ts";
import { createSchemas, type JsonSchema, queryFields, type Schemas } from "./schemas.ts";

const API = "/api/v1";

/** As Hono lists them: one for each handler, with what stands in front of it. */
export type Handlers = readonly { method: string; path: string; handler: object }[];

export type Document = {
  readonly openapi: "3.1.1";
  readonly info: JsonSchema;
  readonly servers: readonly { url: string }[];
  readonly tags: readonly { name: string; description: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, JsonSchema>;
    readonly responses: Record<string, Answer>;
    readonly securitySchemes: Record<string, JsonSchema>;
  };
};

export type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  readonly responses: Record<string, Answer | { $ref: string }>;
};

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
};

export type Answer = {
  readonly description: string;
  readonly headers?: Record<string, JsonSchema>;
  readonly content?: Record<string, { schema?: JsonSchema }>;
};

/** The whole interface as OpenAPI 3.1, from the routes and the table of what they answer. */
export function createDocument(handlers: Handlers, version: string): Document {
  const asked = readAsks(handlers);
  const schemas = createSchemas([
    ...Object.values(CONTRACT).flatMap(({ answers }) => Object.values(answers).filter(isSchema)),
    ...[...asked.values()].flatMap(({ json }) => json ?? []),
  ]);
  const refusals = showRefusals(schemas.show(Problem));
  const paths: Document["paths"] = {};
  for (const [name, row] of Object.entries(CONTRACT)) {
    const [method = "", path = ""] = name.split(" ");
    const at = (row.group === "Service" ? path : API + path).replace(/:(\w+)/g, "{$1}");
    const asks = asked.get(name) ?? {};
    const answers = Object.entries(row.answers).map(([status, content]) =>
      [status, answerOf(Number(status), content, schemas)] as const
    );
    const refused = [...refusalsOf({ method, path, row, asks })].map(([status, codes]) =>
      [status, refusals.refer(status, codes)] as const
    );
    paths[at] = {
      ...paths[at],
      [method.toLowerCase()]: {
        operationId: row.id,
        tags: [row.group],
        summary: row.summary,
        security: asks.session ? [{ session: [] }] : row.cookie ? [{ refreshCookie: [] }, {}] : [],
        ...parametersOf(path, asks, schemas),
        ...(asks.json !== undefined && {
          requestBody: {
            required: !asks.json.safeParse({}).success,
            content: { "application/json": { schema: schemas.show(asks.json) } },
          },
        }),
        responses: Object.fromEntries([...answers, ...refused]),
      },
    };
  }
  const components = { responses: refusals.named(), securitySchemes: SECURITY };
  return {
    openapi: "3.1.1",
    info: infoOf(version),
    servers: [{ url: "/" }],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: schemas.named({ paths, components }), ...components },
  };
}

/** By method and path, as the table has them: what the handlers of a route ask for between them. */
function readAsks(handlers: Handlers): Map<string, Asks> {
  const asked = new Map<string, Asks>();
  for (const { method, path, handler } of handlers) {
    const name = `${method} ${path.replace(API, "")}`;
    asked.set(name, { ...asked.get(name), ...asksOf(handler) });
  }
  return asked;
}

function isSchema(content: Content): content is z.ZodType {
  return content instanceof z.ZodType;
}

function answerOf(status: number, content: Content, schemas: Schemas): Answer {
  const description = STATUS_CODES[status] ?? "";
  if (content === undefined) return { description };
  if (!isSchema(content)) return { description, content: { [content.type]: {} } };
  return { description, content: { "application/json": { schema: schemas.show(content) } } };
}

function parametersOf(path: string, asks: Asks, schemas: Schemas): { parameters?: Parameter[] } {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]): Parameter => ({
    name,
    in: "path",
    required: true,
    schema: name === "token" ? TOKEN : schemas.show(Id),
  }));
  const inQuery = asks.query === undefined ? [] : queryFields(asks.query)
    .map((field): Parameter => ({ in: "query", ...field }));
  const parameters = [...inPath, ...inQuery];
  return parameters.length === 0 ? {} : { parameters };
}

/** Of an invitation: any text may be asked for. */
const TOKEN = { type: "string", examples: ["dAwfIC3p1vC-DAEOPELYpUcBEQMRV7vjy6Y9RrW5Fo0"] };

const SECURITY = {
  session: {
    type: "http",
    scheme: "bearer",
    description: "The access token of a `SessionGrant`. It lasts a quarter of an hour.",
  },
  refreshCookie: {
    type: "apiKey",
    in: "cookie",
    name: "parley-refresh",
    description: "Instead of a refresh token in the body, for sessions that began with " +
      '`transport: "cookie"`. Over https it is called `__Host-parley-refresh`.',
  },
};

function infoOf(version: string): JsonSchema {
  return {
    title: "Parley",
    version,
    summary: "Everything that a Parley server takes over HTTP.",
    description: [
      "Requests and answers are JSON. A refusal is a problem (RFC 9457) with a `code` that stays the " +
      "same, whatever its words. A field that is not known is refused; fields of an answer that are " +
      "not known are to be passed over, for later versions have more.",
      "Every answer carries an `X-Request-Id`, by which the server's log knows it. `RateLimit` and " +
      "`RateLimit-Policy` say how much may still be asked; a refusal with `Retry-After` says when to " +
      "go on. What cannot be read as a request is refused before it reaches any of these: by 400, by " +
      "408 if it comes too slowly, by 431 if its header is too long.",
      "Messages go over a WebSocket: `POST /api/v1/tickets` opens the way to it, and " +
      "`docs/protocol.md` describes its frames.",
    ].join("\n\n"),
    license: { name: "MIT", identifier: "MIT" },
  };
}
