import assert from "node:assert/strict";
import { createClientAddress } from "../../lib/client_address.ts";
import { networkBlock } from "../../lib/network_block.ts";

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
