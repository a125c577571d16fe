import { BlockList, isIP } from "node:net";

/**
 * @param peer the address of the socket's other end
 * @param forwardedFor the header `X-Forwarded-For`; several of them joined by commas
 * @returns the network address of whoever asks, in one spelling; empty where the socket is gone
 */
export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string;

/** Anybody may send the header, and is not to be the only one who is told of. */
const TOLD = 10;

/**
 * Each proxy appends whom it got the request from, so the header is read from its right end and only
 * as far as everybody who wrote is trusted: what stands further left anybody may have made up.
 * @param trustedProxies addresses, or blocks of them in CIDR notation
 * @param onUntrusted told once of each of the first few who hand requests on and are not trusted
 */
export function createClientAddress(
  trustedProxies: readonly string[],
  onUntrusted: (peer: string) => void = () => {},
): ClientAddress {
  const trusted = new BlockList();
  for (const network of trustedProxies) add(trusted, network);
  const isTrusted = (address: string) => trusted.check(address, family(address));
  const told = new Set<string>();

  return (peer, forwardedFor) => {
    let address = normalised(peer ?? "");
    if (address === undefined) return "";
    const written = forwardedFor?.split(",") ?? [];
    if (written.length > 0 && told.size < TOLD && !told.has(address) && !isTrusted(address)) {
      told.add(address);
      onUntrusted(address);
    }
    while (isTrusted(address)) {
      // Without more, or with what is no address, the last one who can be believed it is.
      const before = normalised(written.pop()?.trim() ?? "");
      if (before === undefined) break;
      address = before;
    }
    return address;
  };
}

/**
 * What is counted as one network: an IPv4 address, or the 64 bits of an IPv6 address that a provider
 * gives to one customer, who has all of the other 64.
 */
export function networkBlock(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}

function add(list: BlockList, network: string): void {
  const [text = "", bits] = network.split("/");
  const address = normalised(text);
  if (address === undefined) throw new Error(`${network} is no network`);
  if (bits === undefined) return list.addAddress(address, family(address));
  // A block of addresses that are written as IPv6 and are IPv4 has its first 96 bits in common.
  const mapped = isIP(text) === 6 && isIP(address) === 4 ? 96 : 0;
  if (Number(bits) < mapped) {
    // Wider than all of IPv4: as it is written, and nothing that is spoken here falls into it.
    return list.addSubnet(text, Number(bits), "ipv6");
  }
  list.addSubnet(address, Number(bits) - mapped, family(address));
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** One spelling for each address, and IPv4 as such: a socket that takes both shows it as IPv6. */
function normalised(text: string): string | undefined {
  // The zone says which of this machine's networks it was, not who.
  const [address = ""] = text.split("%");
  const version = isIP(address);
  if (version !== 6) return version === 4 ? address : undefined;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  return mapped.slice(1).map((half) => parseInt(half, 16))
    .flatMap((half) => [half >> 8, half & 0xff]).join(".");
}
