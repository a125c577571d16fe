/**
 * The time in milliseconds, for what is compared with a time that the server named. What lasts on
 * this device alone, such as a countdown, asks the device.
 */
export function now(): number {
  return Date.now();
}
