/** A private nginx for tests, with the configuration that is shipped: its own files, ended by process id. */
import { until } from "./people.ts";
import { freePort } from "./ports.ts";

const SHIPPED = new URL("../../deploy/nginx.conf", import.meta.url);
const NAME = "chat.example.org";

export interface NginxServer extends AsyncDisposable {
  /** Of TLS, and of what sends there. */
  readonly port: number;
  readonly plainPort: number;
  /** Of the authority that signed the one it shows. */
  readonly authority: string;
  /** Everything that it has written down. */
  logs(): Promise<string>;
}

/** Undefined where nginx, or what makes a certificate, is not installed. */
export function findNginx(): string | undefined {
  const [nginx, openssl] = ["nginx", "openssl"].map((name) =>
    ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map((folder) => `${folder}/${name}`).find(exists)
  );
  return openssl === undefined ? undefined : nginx;
}

/**
 * Starts it in front of these ports. Only addresses, ports and paths of the shipped file are replaced.
 * `ports` are chosen by the caller: the processes behind have to know the one of TLS.
 */
export async function startNginx(
  behind: { gates: [number, number]; chats: [number, number] },
  ports: { tls: number; plain: number } = { tls: freePort(), plain: freePort() },
): Promise<NginxServer> {
  const nginx = findNginx();
  if (nginx === undefined) throw new Error("nginx is not installed");
  await using cleanup = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "parley-nginx-" });
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  // Its workers are another user's.
  await Deno.chmod(folder, 0o755);
  const authority = await makeCertificate(folder);
  const text = substitute(await Deno.readTextFile(SHIPPED), [
    ["127.0.0.1:8001", `127.0.0.1:${behind.gates[0]}`],
    ["127.0.0.1:8002", `127.0.0.1:${behind.gates[1]}`],
    ["127.0.0.1:8011", `127.0.0.1:${behind.chats[0]}`],
    ["127.0.0.1:8012", `127.0.0.1:${behind.chats[1]}`],
    ["listen 80 ", `listen 127.0.0.1:${ports.plain} `],
    [
      "listen 443 ssl http2 default_server;",
      `listen 127.0.0.1:${ports.tls} ssl http2 default_server;`,
    ],
    ["listen 443 ssl http2;", `listen 127.0.0.1:${ports.tls} ssl http2;`],
    // Not every machine has IPv6: another address of the same kind shows the same.
    ["listen [::]:80 ", `listen 127.0.0.3:${ports.plain} `],
    [
      "listen [::]:443 ssl http2 default_server;",
      `listen 127.0.0.3:${ports.tls} ssl http2 default_server;`,
    ],
    ["listen [::]:443 ssl http2;", `listen 127.0.0.3:${ports.tls} ssl http2;`],
    [`https://${NAME}$request_uri`, `https://${NAME}:${ports.tls}$request_uri`],
    ["/etc/ssl/parley/fullchain.pem", `${folder}/site.pem`],
    ["/etc/ssl/parley/privkey.pem", `${folder}/site.key`],
    ["pid /run/nginx.pid;", `pid ${folder}/nginx.pid;`],
    ["/var/log/nginx/error.log", `${folder}/error.log`],
    ["/var/log/nginx/access.log", `${folder}/access.log`],
    // Whoever runs the tests need not be root, whose alone the installed folders are.
    [
      "http {\n",
      `http {\n${
        ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
          .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n")
      }\n`,
    ],
  ]);
  const path = `${folder}/nginx.conf`;
  await Deno.writeTextFile(path, text);
  const common = ["-p", folder, "-c", path, "-e", `${folder}/error.log`];
  const checked = await new Deno.Command(nginx, { args: ["-t", ...common], stderr: "piped" })
    .output();
  const said = new TextDecoder().decode(checked.stderr);
  if (!checked.success || said.includes("[warn]") && Deno.uid() === 0) throw new Error(said);
  const process = new Deno.Command(nginx, {
    args: [...common, "-g", "daemon off;"],
    stdout: "null",
    stderr: "null",
  }).spawn();
  cleanup.defer(async () => {
    // Its master ends the workers.
    process.kill("SIGTERM");
    await process.status;
  });
  await until("nginx answers", () => answers(ports.plain));
  const resources = cleanup.move();
  return {
    port: ports.tls,
    plainPort: ports.plain,
    authority,
    logs: async () => {
      const logs = ["error.log", "access.log"].map((name) =>
        Deno.readTextFile(`${folder}/${name}`)
      );
      return (await Promise.all(logs)).join("");
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Each is there, once: a test of another file than the one that is shipped would show nothing. */
function substitute(text: string, changes: readonly (readonly [string, string])[]): string {
  for (const [from, to] of changes) {
    const parts = text.split(from);
    if (parts.length !== 2) {
      throw new Error(`deploy/nginx.conf has ${from} ${parts.length - 1} times`);
    }
    text = parts.join(to);
  }
  return text;
}

/** One that an authority of its own has signed, whose certificate is the answer. */
async function makeCertificate(folder: string): Promise<string> {
  const make = async (name: string, subject: string, more: string[]) => {
    const made = await new Deno.Command("openssl", {
      args: [
        ...["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"],
        ...["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", `/CN=${subject}`, ...more],
        ...["-keyout", `${folder}/${name}.key`, "-out", `${folder}/${name}.pem`],
      ],
      stderr: "piped",
    }).output();
    if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
  };
  await make("authority", "an authority of this test", []);
  await make("site", NAME, [
    ...["-CA", `${folder}/authority.pem`, "-CAkey", `${folder}/authority.key`],
    ...["-addext", `subjectAltName=DNS:${NAME}`, "-addext", "basicConstraints=critical,CA:FALSE"],
  ]);
  return await Deno.readTextFile(`${folder}/authority.pem`);
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
