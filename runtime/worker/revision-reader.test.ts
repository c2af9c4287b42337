import { afterEach, expect, test, vi } from 'vitest'
import { RevisionReader } from './revision-reader.ts'
import { testBehaviour } from './testing/test-worker.ts'

let reader = new RevisionReader()
afterEach(async () => {
  await reader.close()
  reader = new RevisionReader()
})

const CONTENT = testBehaviour('http://127.0.0.1:9')
const TRUNK = {
  key: 'default/pbx',
  peers: [{ signalling: ['192.0.2.0/24'], media: ['192.0.2.0/24'] }],
  codecs: ['PCMU'],
}

function request(over: Readonly<Record<string, unknown>> = {}): Buffer {
  const routes = [{ trunk: TRUNK, numbers: [{ number: '+14155550111' }] }]
  const whole = { v: 1, agent: 'default/other', content: CONTENT, routes }
  return Buffer.from(JSON.stringify({ ...whole, ...over }))
}

function clips(count: number, bytes: number, encoding = 'pcmu', rateHz = 8000): Readonly<Record<string, unknown>> {
  const audio = Buffer.alloc(bytes, 0x7f).toString('base64')
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`clip-${n}`, { encoding, rateHz, audio }]))
}

test('a revision is served whole, its clips in both laws', async () => {
  const read = await reader.read('other-3', request({ clips: clips(1, 4800, 'pcm16', 24_000) }))
  expect(read.revision).toMatchObject({ agent: 'default/other', name: 'other-3', behaviour: CONTENT })
  expect(read.routes).toMatchObject([{ trunk: { key: 'default/pbx' }, span: { kind: 'range', from: '+14155550111' } }])
  const laws = read.clips.get('clip-0')
  expect([laws?.pcmu.length, laws?.pcma.length]).toEqual([800, 800])
})

test('nothing of a revision is parsed on the media loop', async () => {
  const parse = vi.spyOn(JSON, 'parse')
  try {
    await reader.read('other-3', request({ clips: clips(3, 400_000) }))
    expect(parse).not.toHaveBeenCalled()
  } finally {
    parse.mockRestore()
  }
})

test('the largest there can be is taken: ten clips of 1 MiB', async () => {
  const body = request({ clips: clips(10, 1024 * 1024, 'pcm16', 16_000) })
  expect(body.length).toBeLessThan(15 * 1024 * 1024)
  expect((await reader.read('other-3', body)).clips.size).toBe(10)
}, 30_000)

const NUMBERS = Array.from({ length: 60_000 }, (_, n) => ({ number: `+1415${5_000_000 + n}` }))

test.each([
  ['no JSON', Buffer.from('{'), /is no JSON/],
  ['nothing', Buffer.alloc(0), /is no JSON/],
  ['no revision', Buffer.from('7'), /not accepted/],
  ['too many clips', request({ clips: clips(33, 8) }), /clips: 33, and an agent has 32 at most/],
  [
    'too large a clip',
    request({ clips: clips(1, 1024 * 1024 + 2, 'pcm16') }),
    /clip-0 .* 1048578 bytes: 1048576 at most/,
  ],
  ['too long a clip', request({ clips: clips(1, 480_001) }), /clip-0 cannot be played: it is 61 s long/],
  [
    'too many numbers',
    request({ routes: [{ trunk: TRUNK, numbers: NUMBERS }] }),
    /\d{7} bytes without its clips: 1048576 at most/,
  ],
])('%s is refused, with the limit', async (_what, body, words) => {
  await expect(reader.read('other-3', body)).rejects.toThrow(words)
})

test('several are read in their order, and not many wait', async () => {
  const done: string[] = []
  const put = (name: string): Promise<unknown> =>
    reader.read(name, request()).then(({ revision }) => done.push(revision.name))
  const all = [put('a-1'), put('a-2'), put('a-3'), put('a-4')]
  await expect(put('a-5')).rejects.toMatchObject({ code: 'SB_WORKER_REVISIONS_BUSY' })
  await Promise.all(all)
  expect(done).toEqual(['a-1', 'a-2', 'a-3', 'a-4'])
})

test('one that is refused stops none behind it', async () => {
  const [bad, good] = await Promise.allSettled([reader.read('a-1', Buffer.from('{')), reader.read('a-2', request())])
  expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled'])
})

test('a reader that closes refuses what waits', async () => {
  const waiting = Promise.allSettled([reader.read('a-1', request()), reader.read('a-2', request())])
  await reader.close()
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
