import assert from "node:assert/strict";
import { createClientAddress, networkBlock } from "../../lib/client_address.ts";

const proxies = ["10.0.0.0/8", "192.0.2.7", "fd00::/8", "::ffff:172.16.0.0/108"];

/** Trusted proxies, the socket's other end, the header, and who asks. */
const cases: Record<string, [readonly string[], string | undefined, string | undefined, string]> = {
  "is the socket's other end": [[], "203.0.113.5", undefined, "203.0.113.5"],
  "believes nobody where no proxy is trusted": [[], "203.0.113.5", "198.51.100.1", "203.0.113.5"],
  "believes no stranger": [proxies, "203.0.113.5", "198.51.100.1", "203.0.113.5"],
  "believes a trusted proxy": [proxies, "10.1.2.3", "198.51.100.1", "198.51.100.1"],
  "takes the last that is not a proxy": [
    proxies,
    "10.1.2.3",
    "1.1.1.1, 198.51.100.1, 192.0.2.7, fd12::9",
    "198.51.100.1",
  ],
  "takes the first proxy where all are": [proxies, "10.1.2.3", "10.0.0.9,192.0.2.7", "10.0.0.9"],
  "ends at what is no address": [
    proxies,
    "10.1.2.3",
    "198.51.100.1, unknown, 10.9.9.9",
    "10.9.9.9",
  ],
  "ends at an address with a port": [proxies, "10.1.2.3", "198.51.100.1:80", "10.1.2.3"],
  "ends at an empty entry": [proxies, "10.1.2.3", "198.51.100.1,", "10.1.2.3"],
  "ends at an empty header": [proxies, "10.1.2.3", "", "10.1.2.3"],
  "ends at a leading zero": [proxies, "10.1.2.3", "010.1.2.3", "10.1.2.3"],
  "knows IPv4 that is written as IPv6": [
    proxies,
    "::ffff:10.1.2.3",
    "::FFFF:c633:6401",
    "198.51.100.1",
  ],
  "knows a block that is written so": [proxies, "172.20.0.1", "198.51.100.1", "198.51.100.1"],
  "keeps IPv4 beside that block out": [proxies, "172.32.0.1", "198.51.100.1", "172.32.0.1"],
  "gives IPv6 one spelling": [[], "2001:DB8:0:0::0001", undefined, "2001:db8::1"],
  "leaves the zone out": [[], "fe80::1%eth0", undefined, "fe80::1"],
  "is empty where the socket is gone": [proxies, undefined, "198.51.100.1", ""],
  "trusts nobody of IPv4 for all of IPv6": [["::/0"], "10.1.2.3", "198.51.100.1", "10.1.2.3"],
  "trusts everybody where told to": [["0.0.0.0/0", "::/0"], "10.1.2.3", "a, ::1, 1.1.1.1", "::1"],
};

for (const [name, [trusted, peer, header, expected]] of Object.entries(cases)) {
  Deno.test(`createClientAddress ${name}`, () => {
    assert.equal(createClientAddress(trusted)(peer, header), expected);
  });
}

Deno.test("createClientAddress tells once of each of the first proxies that nobody named", () => {
  const told: string[] = [];
  const addressOf = createClientAddress(["10.0.0.1"], (peer) => told.push(peer));
  addressOf("10.0.0.1", "192.0.2.1");
  addressOf("10.0.0.2", undefined);
  assert.deepEqual(told, []);
  assert.equal(addressOf("10.0.0.2", "192.0.2.1"), "10.0.0.2");
  addressOf("10.0.0.2", "192.0.2.1");
  addressOf("10.0.0.3", "192.0.2.1");
  assert.deepEqual(told, ["10.0.0.2", "10.0.0.3"]);
  for (let n = 4; n < 50; n++) addressOf(`10.0.0.${n}`, "192.0.2.1");
  assert.equal(told.length, 10);
});

Deno.test("networkBlock counts an IPv6 address by its first 64 bits, and an IPv4 address by itself", () => {
  const clientAddress = createClientAddress([]);
  const blocks: Record<string, string> = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:0DB8:0001:0002::9": "2001:db8:1:2::/64",
    "2001:db8::9": "2001:db8:0:0::/64",
    "2001:db8:0:0:1::9": "2001:db8:0:0::/64",
    "2001:db8:0:1::9": "2001:db8:0:1::/64",
    "2001:db8:1::": "2001:db8:1:0::/64",
    "::1": "0:0:0:0::/64",
    "fe80::1%eth0": "fe80:0:0:0::/64",
  };
  for (const [address, block] of Object.entries(blocks)) {
    assert.equal(networkBlock(clientAddress(address, undefined)), block, address);
  }
  assert.equal(networkBlock(""), "");
});
