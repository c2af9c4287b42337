import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '#kube/clock.ts'
import { errorOf, failureOfKind } from '#kube/failure.ts'
import type { KubeObject } from '#kube/object.ts'
import { claimsFault } from '#runtime/contract/token.ts'
import { type PublicKeys, RETIRE_MS, ROTATE_EVERY_MS } from './key-ring.ts'
import { Tokens, type TokensOptions } from './tokens.ts'

/** One Secret, with the preconditions of the real thing. */
class OneSecret {
  secret: KubeObject | null = null
  writes = 0
  /** Done before the next write: another operator. */
  meanwhile: (() => void) | null = null
  fails: Error | null = null
  #version = 0

  get client(): TokensOptions['client'] {
    const answer = <T>(value: unknown): Promise<T> =>
      this.fails ? Promise.reject(this.fails) : Promise.resolve(structuredClone(value) as T)
    return {
      get: () => answer(this.secret),
      create: (_resource, object) => {
        this.#before()
        if (this.secret !== null) return Promise.reject(errorOf('create', failureOfKind('exists', '')))
        return answer(this.#store(object))
      },
      replace: (_resource, object) => {
        this.#before()
        if (object.metadata.resourceVersion !== this.secret?.metadata.resourceVersion)
          return Promise.reject(errorOf('replace', failureOfKind('conflict', '')))
        return answer(this.#store(object))
      },
    }
  }

  #before(): void {
    const { meanwhile } = this
    this.meanwhile = null
    meanwhile?.()
  }

  #store(object: object): KubeObject {
    this.writes += 1
    this.#version += 1
    const { metadata } = object as KubeObject
    this.secret = structuredClone({
      ...object,
      metadata: { ...metadata, uid: 'u1', resourceVersion: String(this.#version) },
    })
    return this.secret
  }
}

/** Timers that go off when a test says so. */
class Timers implements Clock {
  readonly #calls = new Set<() => void>()
  now = (): number => 0
  after(_ms: number, call: () => void): () => void {
    this.#calls.add(call)
    return () => void this.#calls.delete(call)
  }
  get count(): number {
    return this.#calls.size
  }
  async tick(): Promise<void> {
    const calls = [...this.#calls]
    this.#calls.clear()
    for (const call of calls) call()
    await new Promise(resolve => setTimeout(resolve, 30))
  }
}

const use = { podUid: '6c1e', verb: 'drain' } as const
const NOW = 1_800_000_000_000
let open: Tokens[] = []
afterEach(() => {
  for (const tokens of open) tokens.close()
  open = []
})

async function start(api: OneSecret, more: Partial<TokensOptions> = {}): Promise<Tokens> {
  const tokens = await Tokens.open({ client: api.client, namespace: 'switchboard', wallTime: () => NOW, ...more })
  open.push(tokens)
  return tokens
}

/** As a worker would. */
async function isTaken(token: string, { keys }: PublicKeys): Promise<boolean> {
  const { kid } = decodeProtectedHeader(token)
  const jwk = keys.find(key => key.kid === kid)
  if (jwk === undefined || claimsFault(decodeProtectedHeader(token), decodeJwt(token), use, NOW / 1000) !== null)
    return false
  return jwtVerify(token, await importJWK({ ...jwk }, 'EdDSA'), { currentDate: new Date(NOW) }).then(
    () => true,
    () => false,
  )
}

it('makes keys where there are none, and signs what workers take', async () => {
  const api = new OneSecret()
  const tokens = await start(api)
  expect(api.secret).toMatchObject({
    type: 'Opaque',
    metadata: { namespace: 'switchboard', name: 'switchboard-token-keys' },
  })
  expect(tokens.publicKeys.keys).toHaveLength(2)
  expect(await isTaken(await tokens.sign(use), tokens.publicKeys)).toBe(true)
  expect(JSON.stringify(tokens.publicKeys)).not.toMatch(/"d":/)
})

describe('several operators', () => {
  it('share the keys: the second reads what the first made', async () => {
    const api = new OneSecret()
    const [one, two] = [await start(api), await start(api)]
    expect(api.writes).toBe(1)
    expect(await isTaken(await one.sign(use), two.publicKeys)).toBe(true)
  })

  it('that start at once have the keys of the one who was faster', async () => {
    const [api, other] = [new OneSecret(), new OneSecret()]
    await start(other)
    api.meanwhile = () => {
      api.secret = other.secret
    }
    const late = await start(api)
    expect(late.publicKeys).toEqual((await start(other)).publicKeys)
    expect(api.writes).toBe(0)
  })

  it('change keys once', async () => {
    const api = new OneSecret()
    let wall = NOW
    const timers = [new Timers(), new Timers()]
    const [one, two] = [
      await start(api, { clock: timers[0] as Timers, wallTime: () => wall }),
      await start(api, { clock: timers[1] as Timers, wallTime: () => wall }),
    ]
    const before = decodeProtectedHeader(await one.sign(use)).kid
    wall += ROTATE_EVERY_MS
    await Promise.all(timers.map(each => each.tick()))
    const kids = await Promise.all([one, two].map(async t => decodeProtectedHeader(await t.sign(use)).kid))
    expect(kids[0]).not.toBe(before)
    // whoever came second may have read before the change: then it knows a minute later
    await Promise.all(timers.map(each => each.tick()))
    expect(decodeProtectedHeader(await two.sign(use)).kid).toBe(kids[0])
    expect(api.writes).toBe(2)
  })
})

it('tells when workers must be given other keys, and only then', async () => {
  const api = new OneSecret()
  const timers = new Timers()
  const told: PublicKeys[] = []
  let wall = NOW
  const tokens = await start(api, { clock: timers, wallTime: () => wall, onKeys: keys => void told.push(keys) })
  await timers.tick()
  wall += ROTATE_EVERY_MS
  await timers.tick()
  expect(told).toEqual([])
  wall += RETIRE_MS
  await timers.tick()
  expect(told).toEqual([tokens.publicKeys])
})

it('goes on with the keys it has while the API server is away, and says so', async () => {
  const api = new OneSecret()
  const timers = new Timers()
  const errors: unknown[] = []
  const tokens = await start(api, { clock: timers, onError: error => void errors.push(error) })
  api.fails = errorOf('get', failureOfKind('unreachable', ''))
  await timers.tick()
  expect(errors).toHaveLength(1)
  expect(await isTaken(await tokens.sign(use), tokens.publicKeys)).toBe(true)
  api.fails = null
  await timers.tick()
  expect(timers.count).toBe(1)
})

it('a Secret that was deleted is made anew', async () => {
  const api = new OneSecret()
  const timers = new Timers()
  const told: PublicKeys[] = []
  const tokens = await start(api, { clock: timers, onKeys: keys => void told.push(keys) })
  api.secret = null
  await timers.tick()
  expect(told).toHaveLength(1)
  expect(await isTaken(await tokens.sign(use), told[0] as PublicKeys)).toBe(true)
})

it('a Secret of others is not overwritten, and nothing of it is told', async () => {
  const api = new OneSecret()
  await start(api)
  const secret = api.secret as KubeObject
  secret['data'] = { 'ring.json': Buffer.from('{"v":1,"d":"hunter2"}').toString('base64') }
  const refused = await start(api).then(
    () => null,
    (error: unknown) => error,
  )
  expect(refused).toMatchObject({ code: 'SB_TOKENS_SECRET' })
  expect(String(refused)).not.toContain('hunter2')
  expect(api.writes).toBe(1)
})

it('closed, it signs nothing and owns no timer', async () => {
  const timers = new Timers()
  const tokens = await start(new OneSecret(), { clock: timers })
  tokens.close()
  tokens.close()
  expect(timers.count).toBe(0)
  await expect(tokens.sign(use)).rejects.toMatchObject({ code: 'SB_TOKENS_CLOSED' })
})
