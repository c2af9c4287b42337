import type { Law, Ms } from '#runtime/media/format.ts'

/** Direction of a stream as we see it: `sendonly` means we send and the peer does not (RFC 4566 §6). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** Where our media of one call is, and what we are willing to speak. Addresses are the advertised ones. */
export interface LocalMedia {
  readonly address: string
  readonly port: number
  /** Default `port + 1`. */
  readonly rtcpPort?: number
  /** Laws in our order of preference; default: those of the user agent's configuration. */
  readonly laws?: readonly Law[]
  /** Offer and accept telephone-event (RFC 4733). Default true. */
  readonly dtmf?: boolean
  /** What we want of the stream; the peer may narrow it. Default `sendrecv`; `sendonly` or `inactive` is our hold. */
  readonly direction?: Direction
}

/** What offer and answer agreed on: all a leg needs to open its media. */
export interface MediaDescription {
  /** Where we send to. `0.0.0.0` or `::` with `hold` when the peer holds the old way (RFC 2543). */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number }
  readonly law: Law
  /** Payload type that we send. */
  readonly payloadType: number
  /** Payload type of telephone-event/8000 that we send; null: the peer takes none. */
  readonly dtmfPayloadType: number | null
  /** Payload types that the peer sends: differs from ours only when it answered our offer with numbers of its own. */
  readonly receive: { readonly payloadType: number; readonly dtmfPayloadType: number | null }
  /** Packet length that we send: the peer's `a=ptime`, at most its `a=maxptime`, else 20. */
  readonly ptimeMs: Ms
  /** RTCP shares the RTP port (RFC 5761). */
  readonly rtcpMux: boolean
  readonly direction: Direction
  /** The peer does not want to hear us. */
  readonly hold: boolean
}
