/** Whole numbers as formats write them. Whoever asks has seen to it that there are so many bytes. */

export function uint16(bytes: Uint8Array, at: number): number {
  return view(bytes).getUint16(at);
}

export function uint32(bytes: Uint8Array, at: number): number {
  return view(bytes).getUint32(at);
}

export function uint16le(bytes: Uint8Array, at: number): number {
  return view(bytes).getUint16(at, true);
}

export function uint24le(bytes: Uint8Array, at: number): number {
  const all = view(bytes);
  return all.getUint16(at, true) + all.getUint8(at + 2) * 0x1_0000;
}

export function uint32le(bytes: Uint8Array, at: number): number {
  return view(bytes).getUint32(at, true);
}

/** Letters of ASCII, such as the four that name a part of a file. */
export function letters(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, n) => byte === other[n]);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
