/** What goes into and comes out of the user agent. Everything here is plain data. */
import type { Law, Ms } from '#runtime/media/format.ts'
import type { Direction, LocalMedia, MediaDescription } from './media-description.ts'

export type Transport = 'udp' | 'tcp'

/** Key of a call: our dialog tag for incoming calls, what the upper layer chose for outgoing ones. */
export type CallKey = string

/** Where a message came from. `flow` names the connection of a stream transport, in the shell's own words; null on UDP. */
export interface Source {
  readonly transport: Transport
  readonly address: string
  readonly port: number
  readonly flow: string | null
}

/**
 * Where a message goes: on `flow` if that connection is still open, else to `address:port` (an IP address, or a host name that the
 * shell resolves).
 */
export type Target = Source

/** Where our own user agent is reached: goes into Via and Contact. SDP addresses come with each call's {@link LocalMedia}. */
export interface Advertised {
  readonly address: string
  readonly udpPort: number
  readonly tcpPort: number
}

export interface UserAgentConfig {
  readonly advertised: Advertised
  /** User part of Contact. Default `switchboard`. */
  readonly user?: string
  /** `Server` and `User-Agent`. Default `Switchboard`. */
  readonly product?: string
  /** Laws that we accept and offer, best first. Default PCMU, PCMA. */
  readonly laws?: readonly Law[]
  /** RFC 3261 T1; T2 and T4 follow from it (8 and 10 times). Default 500. */
  readonly t1Ms?: Ms
  /** Calls and server transactions held at most; beyond: 503. Defaults 4096 and 32768. */
  readonly maxCalls?: number
  readonly maxTransactions?: number
}

/** Randomness, injected: `bytes` random bytes as lower-case hex. Must be unpredictable in production: it makes tags and branches. */
export type RandomHex = (bytes: number) => string

/** Reason header (RFC 3326). */
export interface Reason {
  readonly protocol: 'SIP' | 'Q.850'
  readonly cause: number
  readonly text?: string
}

/** Extra header fields; names as written on the wire. CR and LF are removed from values. */
export type ExtraHeaders = readonly (readonly [name: string, value: string])[]

/** A party of a call, as From and To name it. */
export interface Party {
  readonly uri: string
  /** User part, percent-decoded; the number of a tel: URI without visual separators; '' when there is none. */
  readonly user: string
  readonly host: string
  readonly display: string
}

export interface IncomingCall {
  readonly callId: string
  readonly requestUri: Party
  readonly from: Party
  readonly to: Party
  readonly source: Source
  /** Result of the offer under our configuration, before the answer; null: the offer is late, the law arrives in the ACK. */
  readonly media: MediaDescription | null
  /** W3C trace context, when the peer (our gateway) sent one. */
  readonly traceparent: string | null
  readonly headers: Readonly<Record<string, readonly string[]>>
}

export type EndCause =
  | 'bye'
  | 'cancelled' // CANCEL, or a hang-up before the answer
  | 'rejected' // a final response of 300 or above
  | 'no-ack' // 64*T1 without ACK for our 2xx
  | 'timeout' // no final response in time
  | 'protocol' // the peer broke offer/answer
  | 'unreachable'

export type SipEvent =
  /**
   * A new call, nothing sent yet (100 follows by itself after 200 ms). Answer it with `ring`, `answer` or `reject`; a reject in the same
   * turn is the only response the peer sees.
   */
  | { readonly type: 'incoming'; readonly call: CallKey; readonly incoming: IncomingCall }
  /** The ACK of our answer arrived: media may flow. With a late offer, the law is known only now. */
  | { readonly type: 'acked'; readonly call: CallKey; readonly media: MediaDescription }
  /** The peer changed the session (re-INVITE or UPDATE: hold, resume, address, law) and we agreed. Not sent when nothing changed. */
  | { readonly type: 'media'; readonly call: CallKey; readonly media: MediaDescription }
  /** Outgoing: 101–199; `media` when it carried an answer (early media). */
  | {
      readonly type: 'provisional'
      readonly call: CallKey
      readonly status: number
      readonly reason: string
      readonly media: MediaDescription | null
    }
  /** Outgoing: 2xx arrived, ACK is sent, media may flow. */
  | {
      readonly type: 'answered'
      readonly call: CallKey
      readonly media: MediaDescription
      readonly headers: Readonly<Record<string, readonly string[]>>
    }
  /** Result of our `reinvite`. After a failure the old session stands. */
  | {
      readonly type: 'reinvited'
      readonly call: CallKey
      readonly ok: boolean
      readonly status: number
      readonly media: MediaDescription | null
    }
  /** Our REFER is under way: 100 when it was accepted, then what the peer's NOTIFYs say of its call (101–199). */
  | { readonly type: 'referring'; readonly call: CallKey; readonly status: number }
  /**
   * Result of our `refer`, once for each: by a NOTIFY or a refusal. `status` 0: the subscription ended without a word. How long to wait is up to
   * the upper layer; a result that comes later is told all the same.
   */
  | { readonly type: 'referred'; readonly call: CallKey; readonly ok: boolean; readonly status: number }
  /** Once per call, last. */
  | {
      readonly type: 'ended'
      readonly call: CallKey
      readonly by: 'local' | 'remote'
      readonly cause: EndCause
      /** Final status of the INVITE when it was not a 2xx. */
      readonly status: number | null
      /** Reason header or phrase; of the peer's making, for people. */
      readonly reason: string | null
      /** SB_SIP_… when an error of the protocol ended it. */
      readonly code: string | null
      readonly retryAfterS: number | null
    }
  /** A message that could not be used: for logs and counters. */
  | {
      readonly type: 'fault'
      readonly code: string
      readonly status: number
      readonly detail: string
      readonly source: Source
    }

export type SipEffect =
  /** `transaction`: report it back with `sendFailed` when the transport refuses; null: nobody waits for it. */
  | { readonly do: 'send'; readonly bytes: Uint8Array; readonly to: Target; readonly transaction: string | null }
  | { readonly do: 'event'; readonly event: SipEvent }

export interface Admission {
  /** False: INVITE and OPTIONS are refused before anything else is done for them. */
  readonly open: boolean
  /** Default 503. */
  readonly status?: number
  readonly phrase?: string
  readonly retryAfterS?: number
}

/** Commands for a call that does not exist or is past the point are ignored: closing is idempotent. */
export type SipCommand =
  | { readonly do: 'ring'; readonly call: CallKey; readonly headers?: ExtraHeaders }
  /** Answers with 200; the SDP answer (or, with a late offer, our offer) is made of `local`. */
  | { readonly do: 'answer'; readonly call: CallKey; readonly local: LocalMedia; readonly headers?: ExtraHeaders }
  | {
      readonly do: 'reject'
      readonly call: CallKey
      readonly status: number
      readonly phrase?: string
      readonly retryAfterS?: number
      readonly reason?: Reason
      readonly headers?: ExtraHeaders
    }
  /**
   * Ends a call in any state: 480 before our answer, CANCEL before the peer's, BYE after (held back until the ACK, as RFC 3261 §15 wants).
   * 'ended' follows in the same turn, except after a CANCEL, where it follows the peer's final response.
   */
  | { readonly do: 'hangUp'; readonly call: CallKey; readonly reason?: Reason; readonly headers?: ExtraHeaders }
  /** New offer inside the dialog: `local` replaces what was said before (address, port, laws, direction for hold and resume). 491 is retried. */
  | { readonly do: 'reinvite'; readonly call: CallKey; readonly local: LocalMedia }
  /** Asks the peer to call `to` instead of us (RFC 3515). One at a time; 'referred' follows. */
  | { readonly do: 'refer'; readonly call: CallKey; readonly to: string; readonly by?: string }
  | {
      readonly do: 'invite'
      /** Chosen by the upper layer, unique among living calls. */
      readonly call: CallKey
      /** Request-URI and To. */
      readonly to: string
      readonly from: string
      readonly fromDisplay?: string
      readonly local: LocalMedia
      /** `late`: no SDP in the INVITE; the peer offers in its 2xx, we answer in the ACK. Default `early`. */
      readonly offer?: 'early' | 'late'
      /** Pre-loaded Route URIs, first hop first. */
      readonly routes?: readonly string[]
      /** Where to send to, whatever the URIs say: an outbound proxy, or a resolved address. */
      readonly target?: Target
      /** Default: `transport` parameter of the next hop's URI, else UDP. */
      readonly transport?: Transport
      readonly headers?: ExtraHeaders
      readonly callId?: string
      /** Rings at most this long, then CANCEL. Default 180,000 (RFC 3261 timer C). */
      readonly ringMs?: Ms
    }
  /** Takes effect at once; open calls are not touched. */
  | { readonly do: 'admit'; readonly admission: Admission }
  /** The transport refused a message that carried this transaction. */
  | { readonly do: 'sendFailed'; readonly transaction: string }

export type { Direction, Law, LocalMedia, MediaDescription, Ms }
