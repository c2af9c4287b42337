import type { Law, Ms } from '#runtime/media/format.ts'

/** What was negotiated for the way in; may change in mid-call. */
export interface InboundCodec {
  /** Law by payload type. */
  readonly audio: readonly { readonly payloadType: number; readonly law: Law }[]
  readonly eventPayloadType?: number | null
  /** Comfort noise, RFC 3389. Static type 13 is always understood. */
  readonly noisePayloadType?: number | null
}

export interface InboundListener {
  /** Hot. 20 ms in the session's law; one reused view: copy it or lose it. */
  readonly onFrame: (frame: Uint8Array, at: Ms) => void
  /** A key was pressed and let go. */
  readonly onDigit: (digit: string, ms: Ms, at: Ms) => void
}

export interface InboundOptions {
  /** Law of the frames: the session's. */
  readonly law: Law
  readonly codec: InboundCodec
  readonly listener: InboundListener
}

/** What came out, in frames and ms. */
export interface InboundFigures {
  readonly frames: number
  readonly concealedMs: Ms
  /** Pauses filled by our clock. */
  readonly filledMs: Ms
  /** Time for which no audio was made, since we had stalled for too long. */
  readonly skippedMs: Ms
  /** Quiet frames left out since the peer was ahead of our clock. */
  readonly trimmed: number
}
