/**
 * Finds a known clip in a recording by its sound: correlation at 2 kHz to find the place, then at 8 kHz in pieces, so that a line that
 * slips by a few samples, or stops in the middle, is seen for what it is.
 */

export interface Found {
  /** Sample of the recording at which the clip begins. */
  readonly at: number
  /** How alike they are over what was heard, 0 … 1: the mean of its pieces. */
  readonly match: number
  /** One past the clip's last sample that was heard. */
  readonly heard: number
}

const COARSE = 4
/** What is looked for first: the beginning of the clip. */
const HEAD_SAMPLES = 4000
const PIECE_SAMPLES = 800
/** How far a piece usually lies from its place, and how far when a stall moved the clock; how alike it must be to count. */
const SLIP_SAMPLES = 40
const JUMP_SAMPLES = 2000
const SAME = 0.9
/** So many pieces in a row that are not there: it has ended. */
const MISSED_PIECES = 3
const ALIKE = 0.6
const COARSE_ALIKE = 0.3
const SPARSE = 4
const DOUBT = 0.25
const QUIET_RMS = 60
const STEP_SAMPLES = 16
/** An error this large, as a share of what should be there: it is not there. */
const MISSING = 0.8

/** Null: its beginning is nowhere in `recording` between `from` and `to`. */
export function findClip(
  recording: Int16Array,
  clip: Int16Array,
  from = 0,
  to: number = recording.length,
): Found | null {
  const lead = firstLoud(clip)
  const head = clip.subarray(lead, lead + HEAD_SAMPLES)
  const begin = Math.max(0, from)
  const near = coarse(recording.subarray(begin, to), head)
  if (near === null) return null
  const start = best(recording, head, begin + near, COARSE * 2)
  if (start.match < ALIKE) return null
  const at = start.at - lead
  let heard = 0
  let sum = 0
  let pieces = 0
  let slip = 0
  let missed = 0
  for (let n = lead; n < clip.length && missed < MISSED_PIECES; n += PIECE_SAMPLES) {
    const piece = clip.subarray(n, n + PIECE_SAMPLES)
    if (level(piece, 0, piece.length) < QUIET_RMS) continue
    let found = best(recording, piece, at + n + slip, SLIP_SAMPLES)
    if (found.match < ALIKE) {
      // its beginning may be there, and then a cut, or a stall
      const part = missed === 0 ? wholeUntil(recording, piece, at + n + slip) : 0
      if (part > 0) heard = n + part
      else {
        // a voice is like itself a few of its periods away: so far off only the same will do
        const far = best(recording, piece, at + n + slip, JUMP_SAMPLES)
        if (far.match >= SAME) found = far
      }
    }
    if (found.match < ALIKE) {
      missed++
      continue
    }
    missed = 0
    slip = found.at - at - n
    sum += found.match
    pieces++
    // the last piece may break off in the middle
    heard = n + wholeUntil(recording, piece, found.at)
  }
  return pieces === 0 ? null : { at, match: sum / pieces, heard }
}

function firstLoud(clip: Int16Array): number {
  for (let n = 0; n + 80 <= clip.length; n += 80) if (level(clip, n, 80) >= 4 * QUIET_RMS) return n
  return 0
}

/** How much of the piece is there, up to its last loud sound, in steps of 2 ms. */
function wholeUntil(recording: Int16Array, piece: Int16Array, at: number): number {
  let end = 0
  for (let n = 0; n < piece.length; n += STEP_SAMPLES) {
    const count = Math.min(STEP_SAMPLES, piece.length - n)
    const wanted = level(piece, n, count)
    if (wanted < QUIET_RMS) continue
    let error = 0
    for (let i = n; i < n + count; i++) error += ((recording[at + i] ?? 0) - (piece[i] ?? 0)) ** 2
    // one bad step is a click; two are an end
    if (Math.sqrt(error / count) > wanted * MISSING) {
      if (n - end >= 2 * STEP_SAMPLES) break
    } else end = n + count
  }
  return end
}

/** The best place within `reach` samples of `at`. */
function best(recording: Int16Array, clip: Int16Array, at: number, reach: number): { at: number; match: number } {
  let result = { at, match: -1 }
  for (let shift = 0; shift <= reach; shift++) {
    for (const place of shift === 0 ? [at] : [at - shift, at + shift]) {
      const match = alike(recording, clip, place)
      if (match > result.match) result = { at: place, match }
    }
    if (result.match > 0.98) return result
  }
  return result
}

/** Normalised correlation. */
function alike(recording: Int16Array, clip: Int16Array, at: number): number {
  let cross = 0
  let a = 0
  let b = 0
  for (let i = 0; i < clip.length; i++) {
    const x = recording[at + i] ?? 0
    const y = clip[i] ?? 0
    cross += x * y
    a += x * x
    b += y * y
  }
  return a === 0 || b === 0 ? 0 : cross / Math.sqrt(a * b)
}

/** Where it fits best at a quarter of the samples. Tried at two offsets, for what falls between two of them cancels out. */
function coarse(recording: Int16Array, head: Int16Array): number | null {
  const r = thin(recording)
  let found: { readonly at: number; readonly match: number } | null = null
  for (const offset of [0, COARSE / 2]) {
    const near = slide(r, thin(head.subarray(offset)))
    if (near !== null && near.match > (found?.match ?? 0)) found = { at: near.at * COARSE - offset, match: near.match }
  }
  return found?.at ?? null
}

function slide(r: Float32Array, h: Float32Array): { readonly at: number; readonly match: number } | null {
  let power = 0
  for (const x of h) power += x * x
  let own = 0
  for (let i = 0; i < h.length; i++) own += (r[i] ?? 0) ** 2
  let at = -1
  let most = COARSE_ALIKE
  for (let n = 0; n < r.length; n++) {
    if (own > power / 100) {
      const norm = Math.sqrt(own * power)
      // a quarter of the taps says whether the rest is worth it
      if ((dot(r, h, n, SPARSE) * SPARSE) / norm > most - DOUBT) {
        const match = dot(r, h, n, 1) / norm
        if (match > most) {
          most = match
          at = n
        }
      }
    }
    own += (r[n + h.length] ?? 0) ** 2 - (r[n] ?? 0) ** 2
  }
  return at < 0 ? null : { at, match: most }
}

function dot(r: Float32Array, h: Float32Array, at: number, step: number): number {
  let sum = 0
  const count = Math.min(h.length, r.length - at)
  for (let i = 0; i < count; i += step) sum += r[at + i]! * h[i]!
  return sum
}

function thin(samples: Int16Array): Float32Array {
  const out = new Float32Array(Math.floor(samples.length / COARSE))
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let j = 0; j < COARSE; j++) sum += samples[i * COARSE + j] ?? 0
    out[i] = sum / COARSE
  }
  return out
}

function level(samples: Int16Array, from: number, count: number): number {
  let sum = 0
  for (let i = from; i < from + count; i++) sum += (samples[i] ?? 0) ** 2
  return Math.sqrt(sum / count)
}
