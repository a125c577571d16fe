import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Has a public address, and answers to machines of Azure alone: about themselves. */
const AZURE_INSIDE = "168.63.129.16";

/**
 * Whether anybody in the world could ask this address: none of a private network, of this machine, of a
 * link, of a provider's insides, and none that is one of these in other clothes (IPv4 in IPv6).
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast" || text === AZURE_INSIDE) return false;
  // The only part of IPv6 that is given out; what lies outside and has no name of its own is old, or to come.
  return address instanceof ipaddr.IPv4 || address.match(ipaddr.IPv6.parseCIDR("2000::/3"));
}
