/**
 * Calls of a carrier by their name, from the webhook on: which webhook was seen before, what it was answered, whether its socket has come. Kept for
 * long after the call, for a signature of Twilio's has no time in it: a request that was overheard is good for ever, but never starts a second
 * call. Pure: the clock is an argument.
 */

export interface PendingCall {
  readonly sid: string
  readonly trunk: string
  /** What its media URL is good for; another one each time that it is asked to connect. */
  nonce: string
  /**
   * held: the webhook waits for our answer; asked: the carrier was told to connect; connected: its socket is here; away: the carrier has the caller
   * speak with somebody else; over: nothing of it is left.
   */
  phase: 'held' | 'asked' | 'connected' | 'away' | 'over'
  /** What the webhook was answered; null: nothing yet. */
  reply: string | null
  /** Epoch milliseconds: until then its socket may come. */
  expiresAt: number
  /** When it was over, or else when it came. */
  at: number
}

/** For so long a webhook that comes again is known. */
export const REMEMBERED_MS = 12 * 3_600_000
/** Beyond, the oldest that are over are forgotten: about 10 MiB. */
const MAX_REMEMBERED = 50_000

export type Redeemed =
  | { readonly ok: true; readonly call: PendingCall }
  | { readonly ok: false; readonly why: 'unknown' | 'used' | 'expired' }

export class PendingCalls {
  /** Oldest first. */
  readonly #calls = new Map<string, PendingCall>()
  readonly #byNonce = new Map<string, PendingCall>()

  get size(): number {
    return this.#calls.size
  }

  find(trunk: string, sid: string): PendingCall | null {
    return this.#calls.get(keyOf(trunk, sid)) ?? null
  }

  begin(trunk: string, sid: string, nonce: string, now: number): PendingCall {
    this.#forget(now)
    const call: PendingCall = { sid, trunk, nonce, phase: 'held', reply: null, expiresAt: 0, at: now }
    this.#calls.set(keyOf(trunk, sid), call)
    this.#byNonce.set(nonce, call)
    return call
  }

  /** The webhook is answered. `expiresAt`: the carrier is to connect by then; absent: it is not to. */
  answered(call: PendingCall, reply: string, now: number, expiresAt?: number): void {
    if (call.phase !== 'held') return
    call.reply = reply
    if (expiresAt === undefined) return this.over(call, now)
    call.phase = 'asked'
    call.expiresAt = expiresAt
  }

  /** A socket has come with this token: the first one in time is the one. */
  redeem(trunk: string, nonce: string, now: number): Redeemed {
    const call = this.#byNonce.get(nonce)
    if (!call || call.trunk !== trunk || call.phase === 'held') return { ok: false, why: 'unknown' }
    if (call.phase !== 'asked') return { ok: false, why: 'used' }
    if (now >= call.expiresAt) return { ok: false, why: 'expired' }
    call.phase = 'connected'
    return { ok: true, call }
  }

  /** Its stream has ended and the call has not. */
  away(call: PendingCall): void {
    if (call.phase === 'connected') call.phase = 'away'
  }

  /** The carrier is to connect once more, by another media URL; one that was not used is good no more. */
  again(call: PendingCall, nonce: string, expiresAt: number): void {
    if (call.phase === 'over' || call.phase === 'held') return
    this.#byNonce.delete(call.nonce)
    call.nonce = nonce
    call.phase = 'asked'
    call.expiresAt = expiresAt
    this.#byNonce.set(nonce, call)
  }

  /** Idempotent. */
  over(call: PendingCall, now: number): void {
    if (call.phase === 'over') return
    call.phase = 'over'
    call.at = now
    // the reply stays: whoever asks again gets the same one, and its token is used
    this.#byNonce.delete(call.nonce)
  }

  /** Those whose socket has not come in time. */
  *late(now: number): Generator<PendingCall> {
    for (const call of this.#byNonce.values()) if (call.phase === 'asked' && now >= call.expiresAt) yield call
  }

  #forget(now: number): void {
    for (const [key, call] of this.#calls) {
      const old = now - call.at >= REMEMBERED_MS || this.#calls.size >= MAX_REMEMBERED
      if (!old) return
      // one that lasts stays known, at the end of the line
      this.#calls.delete(key)
      if (call.phase !== 'over') this.#calls.set(key, Object.assign(call, { at: now }))
      if (call.phase !== 'over' && this.#calls.size >= MAX_REMEMBERED) return
    }
  }
}

const keyOf = (trunk: string, sid: string): string => `${trunk} ${sid}`
