/** Tokens for our workers: reads or makes the keys, changes them in time, signs. Any number of operators may share one Secret. */
import type { Client } from '#kube/client/client.ts'
import { type Clock, systemClock } from '#kube/clock.ts'
import { failureOf } from '#kube/failure.ts'
import type { TokenUse } from '#runtime/contract/token.ts'
import { tokenErrors } from './errors.ts'
import { type KeyRing, type PublicKeys, planRing, publicKeysOf, ringAfter } from './key-ring.ts'
import { newSecret, RING_SECRET, ringOf, SECRETS, withRing } from './ring-secret.ts'
import { makeKey, type SigningKey, signingKeyOf, signToken } from './sign.ts'

/** Who signs: all that loads and calls to workers need of this. */
export interface Signer {
  /** @throws SwitchboardError SB_TOKENS_CLOSED */
  sign(use: TokenUse): Promise<string>
}

export interface TokensOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'replace'>
  /** The operator's own. */
  readonly namespace: string
  /** Called when workers must be given other public keys. */
  readonly onKeys?: (keys: PublicKeys) => void
  /** A try to read or change the keys that failed: those known so far are used, and it is tried again. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
  /** Epoch milliseconds. */
  readonly wallTime?: () => number
}

/** How often the Secret is read again: another operator may have changed the keys, or somebody deleted it. */
const REFRESH_MS = 60_000
const MAX_TRIES = 5

export class Tokens implements Signer {
  readonly #o: TokensOptions
  readonly #clock: Clock
  readonly #wallTime: () => number
  #ring: KeyRing
  #key: SigningKey
  #cancel: () => void = () => undefined
  #closed = false

  private constructor(options: TokensOptions, ring: KeyRing, key: SigningKey) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
    this.#wallTime = options.wallTime ?? Date.now
    this.#ring = ring
    this.#key = key
    this.#again()
  }

  /** @throws SB_KUBE_…, SB_TOKENS_SECRET when the Secret holds what is none of ours */
  static async open(options: TokensOptions): Promise<Tokens> {
    const ring = await settledRing(options, (options.wallTime ?? Date.now)())
    return new Tokens(options, ring, signingKeyOf(ring))
  }

  /** What workers check tokens with, as the content of their key file. */
  get publicKeys(): PublicKeys {
    return publicKeysOf(this.#ring)
  }

  sign(use: TokenUse): Promise<string> {
    if (this.#closed) return Promise.reject(tokenErrors.closed())
    return Promise.resolve(signToken(this.#key, use, this.#wallTime()))
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true
    this.#cancel()
  }

  #again(): void {
    this.#cancel = this.#clock.after(REFRESH_MS, () => {
      void this.#refresh()
        .catch((error: unknown) => this.#o.onError?.(error))
        .then(() => {
          if (!this.#closed) this.#again()
        })
    })
  }

  async #refresh(): Promise<void> {
    const ring = await settledRing(this.#o, this.#wallTime())
    if (this.#closed || JSON.stringify(ring) === JSON.stringify(this.#ring)) return
    const key = signingKeyOf(ring)
    const before = JSON.stringify(this.publicKeys)
    this.#ring = ring
    this.#key = key
    if (JSON.stringify(this.publicKeys) !== before) this.#o.onKeys?.(this.publicKeys)
  }
}

/** The ring as it should be now: made or changed by us, or by whoever was faster. */
async function settledRing({ client, namespace }: TokensOptions, now: number): Promise<KeyRing> {
  const name = { namespace, name: RING_SECRET }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const secret = await client.get(SECRETS, name)
    const ring = secret === null ? null : ringOf(secret)
    const plan = planRing(ring, now)
    if (plan === null) return ring as KeyRing
    const fresh = await Promise.all(Array.from({ length: plan.make }, () => makeKey(now)))
    const next = ringAfter(ring, plan, fresh, now)
    try {
      // replaced at the resourceVersion that was read: of two operators that change keys, one does
      if (secret === null) await client.create(SECRETS, withRing(newSecret(name), next))
      else await client.replace(SECRETS, withRing(secret, next))
      return next
    } catch (error) {
      const kind = failureOf(error)?.kind
      if (kind !== 'exists' && kind !== 'conflict' && kind !== 'replaced' && kind !== 'notFound') throw error
    }
  }
  throw tokenErrors.contended(`${namespace}/${RING_SECRET}`)
}
