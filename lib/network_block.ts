/**
 * Whom an address counts as where requests are counted: IPv6 gives each customer 64 bits of addresses
 * at least, so it is the block of these, and IPv4 the address.
 * @param address in the spelling of `createClientAddress`
 */
export function networkBlock(address: string): string {
  if (!address.includes(":")) return address;
  const [front = "", back] = address.split("::");
  const head = front === "" ? [] : front.split(":");
  const tail = back === undefined || back === "" ? [] : back.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(":")}::/64`;
}
