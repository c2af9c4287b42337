/** Public keys of whoever signs our tokens: a JWKS (RFC 7517) in a file that is mounted anew when keys change. */
import { readFile } from 'node:fs/promises'
import { type CryptoKey, importJWK } from 'jose'
import { z } from 'zod'
import { TOKEN_HEADER } from '#runtime/contract/token.ts'
import { workerErrors } from './errors.ts'
import type { Logger } from './logger.ts'

/** Two are live, and a third while one is changed for the next. */
const MAX_KEYS = 8
/** A key that was taken out is refused after this at the latest. The mount itself may lag by a minute or two. */
const REREAD_MS = 10_000
/** For a key that is not known the file is read again, but no more often than this: whoever sends nonsense costs one read a second. */
const UNKNOWN_REREAD_MS = 1000

const jwksSchema = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        kid: z.string().min(1).max(200),
        x: z.base64url().length(43),
        // RFC 8037 §2: the private key
        d: z.undefined({ error: 'a private key: a worker holds public keys only' }).optional(),
      }),
    )
    .min(1)
    .max(MAX_KEYS),
})

export type PublicKeys = ReadonlyMap<string, CryptoKey>

/** @throws SwitchboardError SB_WORKER_TOKEN_KEYS */
export async function readKeys(text: string, where: string): Promise<PublicKeys> {
  const keys = new Map<string, CryptoKey>()
  const { success, data, error } = jwksSchema.safeParse(parsed(text))
  if (!success) {
    const { path, message } = error.issues[0] ?? { path: [], message: '' }
    throw workerErrors.badTokenKeys(where, `${path.join('.')}: ${message}`)
  }
  for (const { kid, kty, crv, x } of data.keys) {
    if (keys.has(kid)) throw workerErrors.badTokenKeys(where, `the key id ${kid} is there twice`)
    const key = await importJWK({ kty, crv, x }, TOKEN_HEADER.alg)
    if (key instanceof Uint8Array) throw workerErrors.badTokenKeys(where, `${kid} is no public key`)
    keys.set(kid, key)
  }
  return keys
}

export class TokenKeys {
  readonly #path: string
  readonly #log: Logger
  readonly #now: () => number
  #keys: PublicKeys
  #readAt: number
  #reading: Promise<void> | null = null

  private constructor(path: string, log: Logger, now: () => number, keys: PublicKeys) {
    this.#path = path
    this.#log = log
    this.#now = now
    this.#keys = keys
    this.#readAt = now()
  }

  /** @throws SwitchboardError SB_WORKER_TOKEN_KEYS: a worker that cannot tell who may drain it does not start */
  static async open(path: string, log: Logger, now: () => number = () => performance.now()): Promise<TokenKeys> {
    return new TokenKeys(path, log, now, await readKeys(await textOf(path), path))
  }

  async find(kid: string): Promise<CryptoKey | undefined> {
    if (this.#now() - this.#readAt >= (this.#keys.has(kid) ? REREAD_MS : UNKNOWN_REREAD_MS)) {
      this.#reading ??= this.#reread().finally(() => {
        this.#reading = null
      })
      await this.#reading
    }
    return this.#keys.get(kid)
  }

  /** A file that cannot be read leaves the keys as they are: the worker is still its operator's. */
  async #reread(): Promise<void> {
    try {
      this.#keys = await readKeys(await textOf(this.#path), this.#path)
    } catch (error) {
      this.#log.warn({ err: error }, 'the keys of tokens cannot be read: those known so far hold')
    }
    this.#readAt = this.#now()
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw workerErrors.badTokenKeys(path, (cause as NodeJS.ErrnoException).code ?? 'unreadable', { cause })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
