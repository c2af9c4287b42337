import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoadFollower, type LoadFollowerOptions } from './load-follower.ts'
import { FakePod, plainSigner } from './testing/fake-pods.ts'

let pods: FakePod[] = []
let changes: string[] = []
let follower: LoadFollower

function open(port: number, more: Partial<LoadFollowerOptions> = {}): LoadFollower {
  return new LoadFollower({
    signer: plainSigner,
    port,
    onChange: (owner, uid) => void changes.push(`${owner} ${uid}`),
    ...more,
  })
}

async function startPods(count: number): Promise<FakePod[]> {
  const first = await FakePod.start(1)
  pods = [first]
  for (let n = 2; n <= count; n += 1) pods.push(await FakePod.start(n, first.port))
  return pods
}

const stateOf = (uid: string): string | undefined => follower.of(uid)?.state
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 })

beforeEach(() => {
  changes = []
})
afterEach(async () => {
  follower.close()
  for (const pod of pods) await pod.close()
  pods = []
})

describe('following', () => {
  it('knows what each pod says, tells whose it is, and passes on what changes', async () => {
    const [one, two] = (await startPods(2)) as [FakePod, FakePod]
    follower = open(one.port)
    follower.follow('acme/reception', [one.pod])
    follower.follow('acme/other', [two.pod])
    expect(follower.of('uid-1')).toMatchObject({ state: 'unknown', why: 'new', lastSeenAt: null, calls: null })
    await until(() => expect([stateOf('uid-1'), stateOf('uid-2')]).toEqual(['known', 'known']))
    expect(changes.sort()).toEqual(['acme/other uid-2', 'acme/reception uid-1'])
    one.say()
    one.say({ slots: { total: 10, reserved: 1, busy: 2 } })
    await until(() => expect(follower.of('uid-1')).toMatchObject({ line: { slots: { reserved: 1, busy: 2 } } }))
    expect(changes).toHaveLength(3)
    expect(follower.of('nobody')).toBeUndefined()
  })

  it('hangs up on what it follows no longer', async () => {
    const [one, two] = (await startPods(2)) as [FakePod, FakePod]
    follower = open(one.port)
    follower.follow('acme/reception', [one.pod, two.pod])
    await until(() => expect([one.streams, two.streams]).toEqual([1, 1]))
    follower.follow('acme/reception', [two.pod])
    expect([follower.of('uid-1'), follower.counts.pods]).toEqual([undefined, 1])
    await until(() => expect([one.streams, two.streams]).toEqual([0, 1]))
    follower.close()
    follower.close()
    await until(() => expect(two.streams).toBe(0))
    expect(two.asked).toHaveLength(1)
  })

  it('a connection that breaks makes it unknown at once, and it is asked again', async () => {
    const [one] = (await startPods(1)) as [FakePod]
    follower = open(one.port)
    one.line = { ...one.line, slots: { total: 10, reserved: 1, busy: 3 } }
    follower.follow('a/b', [one.pod])
    await until(() => expect(stateOf('uid-1')).toBe('known'))
    const seen: unknown[] = []
    changes.push = (...items) => {
      seen.push(follower.of('uid-1'))
      return Array.prototype.push.apply(changes, items)
    }
    one.cut()
    await until(() => expect(seen[0]).toMatchObject({ state: 'unknown', why: 'unreachable', calls: 4 }))
    await until(() => expect(stateOf('uid-1')).toBe('known'))
    expect(one.asked).toHaveLength(2)
  })

  it('a process that was started again is told apart', async () => {
    const [one] = (await startPods(1)) as [FakePod]
    follower = open(one.port)
    follower.follow('a/b', [one.pod])
    await until(() => expect(stateOf('uid-1')).toBe('known'))
    one.line = { ...one.line, boot: 'b2', seq: 0 }
    one.cut()
    await until(() => expect(follower.of('uid-1')).toMatchObject({ state: 'known', restarts: 1, line: { boot: 'b2' } }))
  })

  it('a pod that moved to another address is asked there', async () => {
    const [one, two] = (await startPods(2)) as [FakePod, FakePod]
    follower = open(one.port)
    follower.follow('a/b', [{ ...two.pod, address: one.pod.address }])
    await until(() => expect(follower.of('uid-2')).toMatchObject({ state: 'unknown', why: 'refused' }))
    follower.follow('a/b', [two.pod])
    await until(() => expect(stateOf('uid-2')).toBe('known'))
  })
})

describe('unknown', () => {
  it.each<[string, (pod: FakePod) => void, string]>([
    ['a pod that refuses our token', pod => Object.assign(pod, { status: 401 }), 'refused'],
    ['what has no such API', pod => Object.assign(pod, { status: 404 }), 'stranger'],
    ['another pod at the address', pod => Object.assign(pod.line, { uid: 'uid-9' }), 'stranger'],
    ['nobody at the address', pod => void pod.close(), 'unreachable'],
  ])('%s', async (_name, change, why) => {
    const [one] = (await startPods(1)) as [FakePod]
    follower = open(one.port)
    change(one)
    follower.follow('a/b', [one.pod])
    await until(() => expect(follower.of('uid-1')).toMatchObject({ state: 'unknown', why }))
    expect(changes).toContain('a/b uid-1')
  })

  it.each([
    ['no JSON', 'hello\n'],
    ['no line', '{"v":1}\n'],
    ['a line of another version', '{"v":2}\n'],
    ['a line without an end', 'x'.repeat(300_000)],
  ])('%s is hung up on', async (_name, text) => {
    const [one] = (await startPods(1)) as [FakePod]
    follower = open(one.port)
    follower.follow('a/b', [one.pod])
    await until(() => expect(stateOf('uid-1')).toBe('known'))
    const told = changes.length
    one.write(text)
    await until(() => expect(changes.length).toBeGreaterThan(told))
    await until(() => expect(one.asked.length).toBeGreaterThan(1))
  })
})

it('many pods at once are asked a few at a time, and all of them come to be known', async () => {
  const all = await startPods(40)
  let most = 0
  follower = open(all[0]?.port ?? 0, {
    maxAsking: 4,
    signer: {
      sign: async use => {
        most = Math.max(most, follower.counts.asking)
        await new Promise(resolve => setTimeout(resolve, 5))
        return plainSigner.sign(use)
      },
    },
  })
  for (const [i, { pod }] of all.entries()) follower.follow(`a/${i}`, [pod])
  await until(() => expect(follower.counts.open).toBe(40))
  expect(most).toBe(4)
  expect(follower.counts.asking).toBe(0)
})

it('pods that are forgotten while they are asked leave their place to others', async () => {
  const all = await startPods(3)
  let hold = true
  follower = open(all[0]?.port ?? 0, {
    maxAsking: 1,
    signer: { sign: use => (hold ? new Promise(() => undefined) : plainSigner.sign(use)) },
  })
  follower.follow(
    'a/b',
    all.map(({ pod }) => pod),
  )
  await until(() => expect(follower.counts.asking).toBe(1))
  hold = false
  follower.follow(
    'a/b',
    all.slice(1).map(({ pod }) => pod),
  )
  await until(() => expect(follower.counts.open).toBe(2))
})
