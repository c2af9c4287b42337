/**
 * The watermark's code: every 20 ms of audio (160 samples at 8 kHz) is 160 signs ("chips") that name an item and a frame of it.
 *
 * | chips | what |
 * |---|---|
 * | 0–39 | sync word, the same in every frame |
 * | 40–159 | 40 bits, each three times and 40 chips apart: item (16), frame (16), CRC-8; scrambled |
 *
 * Only signs carry data, so laws, attenuation and a little noise leave it alone.
 */

export const FRAME_SAMPLES = 160
export const SYNC_CHIPS = 40
const BITS = 40
const COPIES = 3

/** Highest item and frame number (16 bits each). */
export const MAX_NUMBER = 0xffff

/** Loudness of a frame, peak. A syllable's envelope of 200 ms, so that voice detectors that learn the noise floor still see speech. */
const LEVELS = [2600, 3600, 5000, 6000, 5400, 4400, 3400, 2800, 2400, 2200]
/** An item's first sample is as loud as no other, so that a single one tells the beginning of an item from another that goes on. */
export const FIRST_LEVEL = 6900

/** Of a frame but for an item's very first sample. */
export function levelOf(frame: number): number {
  return LEVELS[frame % LEVELS.length] ?? 0
}

/** Of one sample of a frame. */
export function levelAt(frame: number, index: number): number {
  return frame === 0 && index === 0 ? FIRST_LEVEL : levelOf(frame)
}

/** Signs of a maximal-length-like sequence: xorshift32 (Marsaglia 2003). The seeds were picked for low off-peak correlation. */
function signs(seed: number, count: number): Int8Array {
  const out = new Int8Array(count)
  let x = seed
  for (let i = 0; i < count; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    out[i] = x & 0x10000 ? 1 : -1
  }
  return out
}

export const SYNC = signs(0x1d4f, SYNC_CHIPS)
const SCRAMBLE = signs(0x2545f491, BITS * COPIES)

function crc8(bytes: readonly number[]): number {
  let crc = 0xa5
  for (const byte of bytes) {
    crc ^= byte
    for (let i = 0; i < 8; i++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff
  }
  return crc
}

/** The 160 chips (±1) of a frame. */
export function chipsOf(item: number, frame: number): Int8Array {
  const bytes = [item >> 8, item & 0xff, frame >> 8, frame & 0xff]
  bytes.push(crc8(bytes))
  const out = new Int8Array(FRAME_SAMPLES)
  out.set(SYNC)
  for (let j = 0; j < BITS * COPIES; j++) {
    const bit = j % BITS
    const one = ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1
    out[SYNC_CHIPS + j] = (one ? 1 : -1) * (SCRAMBLE[j] ?? 1)
  }
  return out
}

/** What 160 samples beginning at `at` say, or null when the checksum does not fit. */
export function read(samples: Int16Array, at: number): { item: number; frame: number } | null {
  const bytes = [0, 0, 0, 0, 0]
  for (let bit = 0; bit < BITS; bit++) {
    let sum = 0
    for (let j = bit; j < BITS * COPIES; j += BITS) sum += (samples[at + SYNC_CHIPS + j] ?? 0) * (SCRAMBLE[j] ?? 1)
    if (sum > 0) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (7 - (bit & 7)))
  }
  const [a = 0, b = 0, c = 0, d = 0, crc] = bytes
  if (crc8([a, b, c, d]) !== crc) return null
  return { item: (a << 8) | b, frame: (c << 8) | d }
}
