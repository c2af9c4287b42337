import type { Frames } from './correlation.ts'
import type { Both } from './delay-sums.ts'
import { AHEAD, EchoHistory, FRAME, FRAME_4K } from './echo-history.ts'
import { EchoPath } from './echo-path.ts'
import type { Law, Ms } from './format.ts'
import { squaresOf } from './g711.ts'

/** What the caller's sound is made of. */
export interface EchoJudgement {
  /** Share 0..1 of the latest sound that is our own coming back. */
  readonly echo: number
  /** How long the caller has made sound of their own: the latest stretch of it, pauses of up to 160 ms included; at most a second. */
  readonly speechMs: Ms
}

const FRAME_MS = 20
const SAMPLES_PER_MS = 8
const RECEIVED_FRAMES = 50
/** A second of what was received, and the longest delay before it. */
const SENT_SAMPLES = 14_400
/** The path is fitted to so many of the latest frames with sound in them (320 ms), and the judgement is of so many (160 ms). */
const FIT_FRAMES = 16
const JUDGED_FRAMES = 8
/**
 * At the moment of judging one direction may have got further than the other: packets come late and in bunches, and so does our own turn. In
 * samples at 4 kHz, 200 ms.
 */
const LEAD = 800
/** Looking through all delays is dear: at most this often. */
const SEARCH_EVERY_MS = 80
/** Below −60 dBFS there is no sound (mean square of 16 bits); above, sound is 6 dB over the line's noise. */
const SILENT = 1000
const OVER_NOISE = 4
/** The noise floor follows down at once and up by 15 % a second. */
const NOISE_RISE = 1.003
/** A frame is the caller's own when at least this share of it is no echo. */
const OWN_SHARE = 0.4
const MAX_GAP_FRAMES = 8
/** A frame of which so little is left is echo; and a fit that explains so much of the latest frames is sure. */
const EXPLAINED = 0.2
const SURE = 0.85

/**
 * Tells the caller's voice from our own coming back. Keeping the history is cheap and done for each frame; judging costs about a
 * millisecond and is done on demand, when speech was reported while the agent is heard.
 */
export class EchoDetector {
  readonly #sent: EchoHistory
  readonly #received: EchoHistory
  readonly #squares: Float64Array
  readonly #path = new EchoPath()
  /** Mean squares of the latest frames received, a ring. */
  readonly #energies = new Float64Array(RECEIVED_FRAMES)
  readonly #flat = new Float64Array(RECEIVED_FRAMES)
  readonly #active = new Uint8Array(RECEIVED_FRAMES)
  readonly #frames: Frames = {
    starts: new Int32Array(FIT_FRAMES),
    weights: new Float64Array(FIT_FRAMES),
    numbers: new Int32Array(FIT_FRAMES),
    count: 0,
  }
  /** How far each direction has got, in samples of time. */
  #sentAt = 0
  #receivedAt = 0
  #frame = 0
  #noise = Infinity
  #quietFrames = 0
  #searchedAt: Ms = -Infinity

  /** @param law of all audio given: the session's. */
  constructor(law: Law) {
    this.#sent = new EchoHistory(law, SENT_SAMPLES + 2 * LEAD, LEAD + AHEAD)
    this.#received = new EchoHistory(law, RECEIVED_FRAMES * FRAME)
    this.#squares = squaresOf(law)
  }

  /** Audio that left for the caller, silence included, of any length: 20 ms for each 20 ms. */
  sent(audio: Uint8Array): void {
    this.#sent.push(audio)
    this.#sentAt += audio.length
  }

  /**
   * Time went by in which nothing left: a stall of ours, or no packets are wanted. Time that only one direction knows of would move the echo
   * for the rest of the call.
   */
  sentNothing(ms: Ms): void {
    // even: two samples make one of those that are looked at
    const samples = 2 * Math.round((ms * SAMPLES_PER_MS) / 2)
    if (samples === 0) return
    this.#sent.pass(samples)
    this.#sentAt += samples
  }

  /** Time went by that no frame was made for. */
  receivedNothing(ms: Ms): void {
    const frames = Math.ceil(ms / FRAME_MS)
    this.#received.pass(frames * FRAME)
    this.#receivedAt += frames * FRAME
    for (let i = 0; i < Math.min(frames, RECEIVED_FRAMES); i++) this.#take(0)
    this.#quietFrames += frames
    // frames are whole: what is too much here is made good there
    this.sentNothing(frames * FRAME_MS - ms)
  }

  /** A 20 ms frame of the caller. */
  received(frame: Uint8Array): void {
    this.#received.push(frame)
    this.#receivedAt += frame.length
    let sum = 0
    const squares = this.#squares
    for (let i = 0; i < frame.length; i++) sum += squares[frame[i]!]!
    const energy = sum / FRAME
    this.#take(energy)
    this.#noise = Math.max(1, Math.min(energy, this.#noise * NOISE_RISE))
    this.#quietFrames = energy >= Math.max(SILENT, OVER_NOISE * this.#noise) ? 0 : this.#quietFrames + 1
  }

  #take(energy: number): void {
    this.#energies[this.#frame] = energy
    this.#frame = (this.#frame + 1) % RECEIVED_FRAMES
  }

  /** For how long nothing but the line's noise was received. Our own echo is a sound, too. */
  get quietMs(): Ms {
    return this.#quietFrames * FRAME_MS
  }

  judge(now: Ms): EchoJudgement {
    const received = this.#received.narrow()
    const noise = this.#choose(received)
    if (this.#frames.count === 0) return { echo: 0, speechMs: 0 }
    const both = this.#both(received)
    const { sent } = both
    const search = now - this.#searchedAt >= SEARCH_EVERY_MS
    this.#path.fit(both, this.#frames, search)
    if (search) this.#searchedAt = now
    let total = 0
    let left = 0
    let leftByFit = 0
    let looked = 0
    let judged = 0
    let own = 0
    let gap = 0
    // newest first, until enough is judged and the caller's own stretch is over
    for (let f = RECEIVED_FRAMES - 1; f >= 0; f--) {
      const over = own > 0 && gap > MAX_GAP_FRAMES
      if (over && judged >= JUDGED_FRAMES) break
      const sound = this.#flat[f]!
      const active = this.#active[f] === 1
      const start = f * FRAME_4K
      const fitted = active ? Math.max(0, this.#path.residual(sent, received, start) - noise) : 0
      let alone = fitted
      if (fitted > EXPLAINED * sound && looked++ < FIT_FRAMES) {
        const moved = this.#path.residualMoved(sent, received, start, EXPLAINED * sound + noise)
        alone = Math.min(fitted, Math.max(0, moved - noise))
      }
      if (active && judged++ < JUDGED_FRAMES) {
        total += sound
        leftByFit += Math.min(sound, fitted)
        left += Math.min(sound, alone)
      }
      if (over) continue
      const speaks = active && alone >= OWN_SHARE * sound
      if (speaks) own += own > 0 ? 1 + gap : 1
      gap = speaks ? 0 : gap + 1
    }
    if (total > 0 && leftByFit <= (1 - SURE) * total) this.#path.trust(Math.min(judged, this.#frames.count))
    return { echo: total > 0 ? 1 - left / total : 0, speechMs: own * FRAME_MS }
  }

  /** What was sent up to the moment that was received last: always of the same length. */
  #both(received: Float32Array): Both {
    const narrow = this.#sent.narrow()
    const ahead = (this.#sentAt - this.#receivedAt) / 2
    const lead = Math.max(-LEAD, Math.min(LEAD, ahead))
    const end = narrow.length - LEAD - AHEAD - lead
    return {
      sent: narrow.subarray(end - SENT_SAMPLES / 2, end + AHEAD),
      received,
      settled: received.length + Math.min(0, lead),
      // two samples make one of those that are looked at: which two is told by the last
      alignment: 2 * (ahead - lead) + (this.#sentAt % 2),
    }
  }

  /** Which frames have sound in them, and the latest of them for the fit. Returns the noise in a frame of `received`. */
  #choose(received: Float32Array): number {
    const threshold = Math.max(SILENT, OVER_NOISE * this.#noise)
    const frames = this.#frames
    frames.count = 0
    let quietest = Infinity
    for (let f = RECEIVED_FRAMES - 1; f >= 0; f--) {
      const energy = this.#energies[(this.#frame + f) % RECEIVED_FRAMES]!
      const start = f * FRAME_4K
      let flat = 0
      for (let i = start; i < start + FRAME_4K; i++) flat += received[i]! * received[i]!
      this.#flat[f] = flat
      this.#active[f] = energy >= threshold ? 1 : 0
      if (energy < threshold) quietest = Math.min(quietest, flat)
    }
    const noise = quietest === Infinity ? 0 : quietest
    for (let f = RECEIVED_FRAMES - 1; f >= 0 && frames.count < FIT_FRAMES; f--) {
      if (this.#active[f] === 0) continue
      frames.starts[frames.count] = f * FRAME_4K
      frames.numbers[frames.count] = this.#receivedAt / FRAME - RECEIVED_FRAMES + f
      frames.weights[frames.count++] = 1 / (this.#flat[f]! + 1)
      this.#flat[f] = Math.max(1, this.#flat[f]! - noise)
    }
    return noise
  }
}
