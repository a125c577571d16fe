/** What a server on loopback needs for TLS. */

export type Certificate = { key: string; cert: string };

/** A certificate for 127.0.0.1 and localhost, signed by itself. */
export async function makeCertificate(): Promise<Certificate> {
  const directory = await Deno.makeTempDir({ prefix: "parley-tls-" });
  try {
    const args = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 " +
      `-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 ` +
      `-keyout ${directory}/key.pem -out ${directory}/cert.pem`;
    const { success } = await new Deno.Command("openssl", {
      args: args.split(" "),
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) throw new Error("openssl made no certificate");
    const read = (name: string) => Deno.readTextFile(`${directory}/${name}.pem`);
    return { key: await read("key"), cert: await read("cert") };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Whether the program is there that makes one. */
export async function findOpenssl(): Promise<boolean> {
  return await new Deno.Command("openssl", { args: ["version"], stdout: "null" })
    .output().then(({ success }) => success, () => false);
}
