/** The document as a page for people: no script, and nothing from anybody else. */
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Document, Operation } from "./document.ts";
import { curlOf } from "./example.ts";
import { boundsOf, typeOf } from "./in_words.ts";
import { resolve, resolveAnswer } from "./resolve.ts";
import type { JsonSchema } from "./schemas.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
type Placed = { method: string; path: string; operation: Operation };

export function referencePage(document: Document): Html {
  const { info, tags } = document;
  const placed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Placed => ({ method, path, operation }))
  );
  const groups = tags.map((tag) => ({
    ...tag,
    id: tag.name.toLowerCase(),
    operations: placed.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${info.title} · HTTP interface</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/docs/style.css">
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <p class="name">${info.title} <span class="soft">${info.version}</span></p>
          <a href="/openapi.json">openapi.json</a>
        </header>
        <div class="columns">
          <nav aria-label="Requests">
            ${groups.map(contents)}
            <p><a href="#refusals">Refusals</a></p>
            <p><a href="#objects">Objects</a></p>
          </nav>
          <main id="content">
            <h1>The HTTP interface</h1>
            ${String(info.description).split("\n\n").map((text) =>
              html`<p class="lead">${prose(text)}</p>`
            )}
            <p class="lead">
              In the examples <code>$PARLEY</code> is this server's address and
              <code>$TOKEN</code> the <code>accessToken</code> of a
              <a href="#SessionGrant">SessionGrant</a>.
            </p>
            ${groups.map((group) =>
              html`
                <section class="group" aria-labelledby="${group.id}">
                  <h2 id="${group.id}">${group.name}</h2>
                  <p class="soft">${group.description}</p>
                  ${group.operations.map((each) => operationOf(document, each))}
                </section>
              `
            )}
            ${refusals(document)} ${objects(document)}
          </main>
        </div>
      </body>
    </html>
  `;
}

function contents({ name, id, operations }: { name: string; id: string; operations: Placed[] }) {
  return html`
    <p><a href="#${id}">${name}</a></p>
    <ul>
      ${operations.map(({ method, path, operation }) =>
        html`
          <li>
            <a href="#${operation.operationId}">
              <span class="method ${method}">${method}</span> <span>${breakable(path)}</span>
            </a>
          </li>
        `
      )}
    </ul>
  `;
}

function operationOf(document: Document, placed: Placed): Html {
  const { method, path, operation } = placed;
  const { parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  const answers = Object.entries(responses)
    .map(([status, answer]) => ({ status, answer: resolveAnswer(document, answer) }));
  return html`
    <article id="${operation.operationId}">
      <h3>
        <a href="#${operation.operationId}">
          <span class="method ${method}">${method}</span> <code>${breakable(path)}</code>
        </a>
      </h3>
      <p>${operation.summary}.</p>
      ${operation.description === undefined ? "" : html`<p>${prose(operation.description)}</p>`}
      <p class="soft">${whoMayAsk(operation)}</p>
      ${parameters.length === 0 ? "" : html`
        <h4>In the address</h4>
        <dl>${parameters.map(({ name, required, schema }) =>
          fieldOf(document, name, schema, required)
        )}</dl>
      `}
      ${body === undefined ? "" : html`
        <h4>Body${requestBody?.required ? "" : html`
          <span class="soft">may be left out</span>
        `}</h4>
        ${shapeOf(document, body)}
      `}
      <h4>Answers</h4>
      <ul class="answers">
        ${answers.filter(({ answer }) => !isRefusal(answer.content)).map(({ status, answer }) =>
          html`<li><code class="status">${status}</code> ${
            contentOf(document, answer.content)
          }</li>`
        )}
      </ul>
      <h4>Refusals</h4>
      <ul class="codes">
        ${answers.filter(({ answer }) => isRefusal(answer.content)).flatMap(({ status, answer }) =>
          codesOf(answer.content).map((code) =>
            html`<li><a href="#refusal-${code}"><span>${status}</span> ${code}</a></li>`
          )
        )}
      </ul>
      <h4>Example</h4>
      <pre><code>${curlOf(document, placed)}</code></pre>
    </article>
  `;
}

function whoMayAsk({ security }: Operation): string {
  if (security.some((each) => "session" in each)) return "For who is signed in.";
  if (security.length > 0) return "With a refresh token, in the body or as a cookie.";
  return "For everybody.";
}

type Content = Readonly<Record<string, { schema?: JsonSchema }>> | undefined;

function isRefusal(content: Content): boolean {
  return content?.["application/problem+json"] !== undefined;
}

function codesOf(content: Content): string[] {
  const schema = content?.["application/problem+json"]?.schema as
    | { properties?: { code?: { enum?: string[] } } }
    | undefined;
  return schema?.properties?.code?.enum ?? [];
}

function contentOf(document: Document, content: Content): Html {
  const [[type, { schema }] = ["", {}]] = Object.entries(content ?? {}) as [
    string,
    { schema?: JsonSchema },
  ][];
  if (type === "") return html`<span class="soft">nothing</span>`;
  return schema === undefined ? html`<code>${type}</code>` : typeOf(document, schema);
}

/** The fields of an object, or of each that it may be. */
function shapeOf(document: Document, schema: JsonSchema): Html {
  const whole = resolve(document, schema);
  const choices = whole.oneOf as JsonSchema[] | undefined;
  if (choices !== undefined) {
    return html`${
      choices.map((choice, index) =>
        html`${index === 0 ? "" : html`<p class="or">or</p>`}${shapeOf(document, choice)}`
      )
    }`;
  }
  const required = (whole.required ?? []) as string[];
  const fields = Object.entries((whole.properties ?? {}) as Record<string, JsonSchema>);
  if (fields.length === 0) {
    return html`<p>${typeOf(document, whole)} ${boundsOf(document, whole)}</p>`;
  }
  return html`<dl>${
    fields.map(([name, field]) => fieldOf(document, name, field, required.includes(name)))
  }</dl>`;
}

function fieldOf(document: Document, name: string, schema: JsonSchema, required: boolean): Html {
  const { description } = schema;
  const bounds = boundsOf(document, schema);
  return html`
    <div>
      <dt><code>${name}</code>${required ? "" : html`<span class="optional">optional</span>`}</dt>
      <dd>
        ${typeOf(document, schema)}${bounds === ""
          ? ""
          : html`<span class="bounds">${bounds}</span>`}
        ${typeof description === "string" ? html`<p>${prose(description)}</p>` : ""}
      </dd>
    </div>
  `;
}

function refusals({ components }: Document): Html {
  const words = new Map(
    Object.values(components.responses).flatMap(({ description, content }) =>
      codesOf(content).map((code) => {
        const said = new RegExp(`\`${code}\`: (.+?)(?:\\. \`|$)`).exec(description)?.[1] ?? "";
        return [code, said] as const;
      })
    ),
  );
  return html`
    <section class="group" aria-labelledby="refusals">
      <h2 id="refusals">Refusals</h2>
      <p class="soft">Each is a <a href="#Problem">Problem</a> with one of these as its code.</p>
      <dl>${[...words].map(([code, said]) =>
        html`
          <div id="refusal-${code}">
            <dt><code>${code}</code></dt>
            <dd>${prose(said)}</dd>
          </div>
        `
      )}</dl>
    </section>
  `;
}

function objects(document: Document): Html {
  return html`
    <section class="group" aria-labelledby="objects">
      <h2 id="objects">Objects</h2>
      ${Object.entries(document.components.schemas).map(([name, schema]) =>
        html`
          <article id="${name}">
            <h3><a href="#${name}">${name}</a></h3>
            ${typeof schema.description === "string"
              ? html`<p>${prose(schema.description)}</p>`
              : ""}
            ${shapeOf(document, schema)}
          </article>
        `
      )}
    </section>
  `;
}

/** Words in backticks are code. */
function prose(text: string): Html {
  return html`${
    text.split("`").map((part, index) => index % 2 === 1 ? html`<code>${part}</code>` : part)
  }`;
}

/** A path that may go on in another line after each of its parts. */
function breakable(path: string): Html {
  return html`${path.split(/(?=\/)/).map((part) => html`<wbr>${part}`)}`;
}
