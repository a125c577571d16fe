import assert from "node:assert/strict";
import { isPublicAddress } from "../../../lib/previews/public_address.ts";

Deno.test("isPublicAddress takes what anybody can reach", () => {
  for (const address of ["93.184.215.14", "8.8.8.8", "2606:4700::6810:84e5", "2a00:1450::1"]) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

Deno.test("isPublicAddress refuses private networks, this machine, and both in other clothes", () => {
  const refused = [
    ...["127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"],
    ...[
      "100.64.0.1",
      "169.254.169.254",
      "168.63.129.16",
      "192.0.0.8",
      "192.0.2.1",
      "198.18.0.1",
      "203.0.113.9",
    ],
    ...["224.0.0.1", "240.0.0.1", "255.255.255.255"],
    ...["::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1"],
    // IPv4 in IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo.
    ...["::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::10.0.0.1"],
    ...["64:ff9b:1::1", "2002:7f00:1::", "2001::1", "4000::1"],
    ...["", "localhost", "fe80::1%eth0", "1.2.3"],
  ];
  for (const address of refused) assert.equal(isPublicAddress(address), false, address);
});
