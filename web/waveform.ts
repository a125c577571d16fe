/** Bytes of a waveform that this page makes. */
const LENGTH = 64;
/** Even silence has a line. */
const LEAST = 0.06;

/** How loud each of some parts of a recording is, the loudest being 255: a byte each, in base64. */
export function waveformOf(samples: Float32Array): string {
  const levels = Array.from({ length: LENGTH }, (_, at) => {
    const from = Math.floor(at * samples.length / LENGTH);
    const end = Math.max(from + 1, Math.floor((at + 1) * samples.length / LENGTH));
    return loudness(samples.subarray(from, end));
  });
  const loudest = Math.max(...levels, Number.EPSILON);
  const bytes = levels.map((level) => Math.round(level / loudest * 255));
  return btoa(String.fromCharCode(...bytes));
}

/** Between 0 and 1, as ears have it: the root of the mean square. */
export function loudness(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/**
 * The heights of `count` bars, between 0 and 1. Whoever sent the waveform made it: anything that is
 * none is a flat line.
 */
export function barsOf(waveform: string | undefined, count: number): number[] {
  const bytes = decode(waveform ?? "");
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor(at * bytes.length / count);
    const end = Math.max(from + 1, Math.floor((at + 1) * bytes.length / count));
    return Math.max(LEAST, ...bytes.slice(from, end).map((byte) => byte / 255));
  });
}

function decode(base64: string): number[] {
  try {
    return [...atob(base64)].map((character) => character.charCodeAt(0));
  } catch {
    return [];
  }
}
