import type { Law, Ms } from '#runtime/media/format.ts'
import type {
  Admission,
  Advertised,
  CallKey,
  EndCause,
  ExtraHeaders,
  RandomHex,
  Reason,
  Target,
  UserAgentConfig,
} from './api.ts'
import type { Sign } from './authorise.ts'
import type { LocalMedia } from './media-description.ts'
import type { Session } from './offer-answer.ts'
import type { Reference } from './refer.ts'
import { arm, type Timed, type TimerEntry } from './timers.ts'

export interface Settings {
  readonly advertised: Advertised
  readonly user: string
  readonly product: string
  readonly laws: readonly Law[]
  readonly t1: Ms
  readonly t2: Ms
  readonly t4: Ms
  readonly maxCalls: number
  readonly maxTransactions: number
}

/** Client transaction (RFC 3261 §17.1, RFC 6026). Plain data. */
export interface ClientTransaction extends Timed {
  readonly key: string
  readonly method: string
  readonly purpose: 'invite' | 'reinvite' | 'bye' | 'cancel' | 'refer'
  /** '' when no call waits for it. */
  readonly call: CallKey
  readonly text: string
  readonly target: Target
  state: 'calling' | 'proceeding' | 'completed' | 'accepted'
  intervalMs: Ms
  /** Timers A and E. */
  retransmitAt: Ms | null
  /** Timers B and F, then D, K or M. */
  endAt: Ms | null
  /** ACK of a final response of 300 and above, sent again when that is. */
  ack: string | null
  /** ACKs of 2xx by the responder's tag, sent again when the 2xx is. */
  readonly acks: Record<string, { readonly text: string; readonly target: Target }>
  /** CANCEL goes out with the first provisional response. */
  cancel: { readonly reason: Reason | null; sent: boolean } | null
}

/** Server transaction (RFC 3261 §17.2, RFC 6026). Plain data. */
export interface ServerTransaction extends Timed {
  readonly key: string
  /** Key under which a merged request would be found (RFC 3261 §8.2.2.2); '' when none is looked for. */
  readonly merge: string
  readonly invite: boolean
  readonly call: CallKey
  readonly target: Target
  /** Via, From, To with our tag, Call-ID, CSeq: what every response repeats. */
  readonly echo: readonly (readonly [string, string])[]
  state: 'proceeding' | 'completed' | 'confirmed' | 'accepted'
  response: string | null
  /** 100 Trying is sent when nothing else was by then. */
  tryingAt: Ms | null
  intervalMs: Ms
  /** Timer G. */
  retransmitAt: Ms | null
  /** Timers H, I, J or L. */
  endAt: Ms | null
}

/** RFC 3261 §12. Plain data. */
export interface Dialog {
  readonly callId: string
  readonly localTag: string
  remoteTag: string
  readonly localUri: string
  readonly remoteUri: string
  localCSeq: number
  remoteCSeq: number | null
  /** Route set, first hop first, as written in Route headers. */
  routes: string[]
  remoteTarget: string
  /** Where the peer's last message of this dialog came from. */
  source: Target
  /** Nobody stood between the peer and us: its first message had one Via and no Record-Route. */
  readonly adjacent: boolean
}

/** A 2xx of ours that waits for its ACK (RFC 3261 §13.3.1.4). */
export interface PendingAck {
  readonly cseq: number
  readonly text: string
  readonly target: Target
  readonly initial: boolean
  /** Our offer stood in the 2xx; the answer comes in the ACK. */
  readonly offered: Session | null
  intervalMs: Ms
  nextAt: Ms
  readonly untilMs: Ms
}

/** A re-INVITE of ours. */
export interface Reoffer {
  readonly local: LocalMedia
  /** Null while waiting to try again after 491. */
  offered: Session | null
  retryAt: Ms | null
  tries: number
}

/** One call. Plain data. */
export interface SipCall extends Timed {
  readonly key: CallKey
  readonly role: 'uas' | 'uac'
  /** incoming, calling: before a final response; accepted: our 2xx waits for its ACK; ending: 'ended' was told, only signalling is left. */
  phase: 'incoming' | 'accepted' | 'calling' | 'up' | 'ending'
  readonly dialog: Dialog
  /** Key of the INVITE transaction that opens it. */
  invite: string
  /** The peer's offer before we answered it; null: it comes late. */
  offer: string | null
  recordRoutes: readonly string[]
  local: LocalMedia | null
  session: Session | null
  /** What we offered in our INVITE, until it is answered. */
  offered: Session | null
  pendingAck: PendingAck | null
  reoffer: Reoffer | null
  /** Incoming: the provisional response to repeat, so that proxies go on waiting (RFC 3261 §13.3.1.1). */
  ringing: { readonly headers: ExtraHeaders; nextAt: Ms } | null
  /** Outgoing: end of ringing, then of waiting for a cancelled INVITE. */
  giveUpAt: Ms | null
  /** Why we cancelled our INVITE. */
  cancelled: EndCause | null
  /** Our REFER that waits for its end; and whether there ever was one. */
  reference: Reference | null
  referred: boolean
  /** Challenges answered, and what answered those of the INVITE: its ACK repeats that (RFC 3261 §22.1). */
  challenged: number
  authorization: readonly (readonly [string, string])[]
  /** BYE to be sent when the ACK has come. */
  bye: { readonly reason: Reason | null; readonly headers: ExtraHeaders } | null
}

export interface UserAgent {
  readonly settings: Settings
  readonly random: RandomHex
  readonly sign: Sign
  admission: Admission
  readonly calls: Map<CallKey, SipCall>
  /** Call by our dialog tag. */
  readonly tags: Map<string, CallKey>
  readonly clients: Map<string, ClientTransaction>
  readonly servers: Map<string, ServerTransaction>
  readonly merges: Map<string, string>
  readonly timers: TimerEntry[]
  /** When `tick` is due; null: never. */
  wakeAt: Ms | null
}

/** `sign`: answers the challenges of peers that we call. */
export function createUserAgent(config: UserAgentConfig, random: RandomHex, sign: Sign = () => null): UserAgent {
  const t1 = config.t1Ms ?? 500
  return {
    settings: {
      advertised: config.advertised,
      user: config.user ?? 'switchboard',
      product: config.product ?? 'Switchboard',
      laws: config.laws ?? ['PCMU', 'PCMA'],
      t1,
      t2: 8 * t1,
      t4: 10 * t1,
      maxCalls: config.maxCalls ?? 4096,
      maxTransactions: config.maxTransactions ?? 32_768,
    },
    random,
    sign,
    admission: { open: true },
    calls: new Map(),
    tags: new Map(),
    clients: new Map(),
    servers: new Map(),
    merges: new Map(),
    timers: [],
    wakeAt: null,
  }
}

/** Everything a user agent knows, as JSON. */
export interface UserAgentSnapshot {
  readonly v: 1
  readonly settings: Settings
  readonly admission: Admission
  readonly calls: readonly SipCall[]
  readonly clients: readonly ClientTransaction[]
  readonly servers: readonly ServerTransaction[]
}

export function serialise(ua: UserAgent): UserAgentSnapshot {
  const { settings, admission } = ua
  const plain = {
    v: 1,
    settings,
    admission,
    calls: [...ua.calls.values()],
    clients: [...ua.clients.values()],
    servers: [...ua.servers.values()],
  }
  return structuredClone(plain) as UserAgentSnapshot
}

/** A user agent that goes on where the snapshot was taken. Its clock must be the one the snapshot's deadlines were made with. */
export function restore(snapshot: UserAgentSnapshot, random: RandomHex, sign: Sign = () => null): UserAgent {
  const plain = structuredClone(snapshot)
  const empty = createUserAgent({ advertised: plain.settings.advertised }, random, sign)
  const ua: UserAgent = { ...empty, settings: plain.settings, admission: plain.admission }
  for (const call of plain.calls) {
    ua.calls.set(call.key, call)
    ua.tags.set(call.dialog.localTag, call.key)
  }
  for (const transaction of plain.clients) ua.clients.set(transaction.key, transaction)
  for (const transaction of plain.servers) {
    ua.servers.set(transaction.key, transaction)
    if (transaction.merge !== '') ua.merges.set(transaction.merge, transaction.key)
  }
  rearm(ua)
  return ua
}

/** Drops stale heap entries (of calls that ended long before their deadline) once they are most of the heap. */
export function compact(ua: UserAgent): void {
  if (ua.timers.length > 64 + 4 * (ua.calls.size + ua.clients.size + ua.servers.size)) rearm(ua)
}

function rearm(ua: UserAgent): void {
  ua.timers.length = 0
  const all = [
    ['call', ua.calls],
    ['client', ua.clients],
    ['server', ua.servers],
  ] as const
  for (const [kind, items] of all) {
    for (const item of items.values()) {
      item.armed = null
      arm(ua.timers, item, kind, item.key)
    }
  }
  ua.wakeAt = ua.timers[0]?.at ?? null
}
