/** The input audio buffer: what the client appended, where it is in the session's audio, and where the caller's turns are in it. */
import { bytesPerMs, toSamples, type WireFormat } from './formats.ts'
import type { TurnDetection } from './session-shape.ts'
import { Vad, type VadEvent } from './vad.ts'

/** The least that a manual commit takes, as the vendor's error says. */
export const LEAST_COMMIT_MS = 100
/** Silence after which semantic detection takes the turn as over: well inside its limits of 8, 4 and 2 s. */
const EAGERNESS_MS = { low: 1500, medium: 700, auto: 700, high: 400 } as const

export class InputBuffer {
  #format: WireFormat
  #detection: TurnDetection | null
  #vad: Vad | null
  #totalMs = 0
  #heldFromMs = 0

  constructor(format: WireFormat, detection: TurnDetection | null) {
    this.#format = format
    this.#detection = detection
    this.#vad = vadOf(detection, 0)
  }

  /** Milliseconds of all audio written in this session. */
  get totalMs(): number {
    return this.#totalMs
  }

  /** Milliseconds since the last commit or clear. */
  get heldMs(): number {
    return this.#totalMs - this.#heldFromMs
  }

  get speaking(): boolean {
    return this.#vad?.speaking ?? false
  }

  /** Takes a session's settings; a turn in progress survives unless its detection changed. */
  configure(format: WireFormat, detection: TurnDetection | null): void {
    if (format.type !== this.#format.type) {
      this.#format = format
    }
    if (JSON.stringify(detection) === JSON.stringify(this.#detection)) return
    const same = JSON.stringify(hearing(detection)) === JSON.stringify(hearing(this.#detection))
    this.#detection = detection
    // Who answers may change in mid-turn without losing the turn.
    if (!same) this.#vad = vadOf(detection, this.#totalMs)
  }

  append(audio: Uint8Array): VadEvent[] {
    const unit = bytesPerMs(this.#format)
    this.#totalMs += audio.length / unit
    return this.#vad?.push(toSamples(this.#format, audio)) ?? []
  }

  /** Empties the buffer: its audio has become an item, or was thrown away. Returns how much it was. */
  take(): number {
    const held = this.heldMs
    this.#heldFromMs = this.#totalMs
    this.#vad?.reset()
    return held
  }
}

function hearing(detection: TurnDetection | null): unknown {
  if (detection === null) return null
  return { ...detection, create_response: null, interrupt_response: null }
}

function vadOf(detection: TurnDetection | null, startMs: number): Vad | null {
  if (detection === null) return null
  if (detection.type === 'semantic_vad') {
    return new Vad(
      { threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: EAGERNESS_MS[detection.eagerness] },
      startMs,
    )
  }
  return new Vad(
    {
      threshold: detection.threshold,
      prefixPaddingMs: detection.prefix_padding_ms,
      silenceDurationMs: detection.silence_duration_ms,
    },
    startMs,
  )
}
