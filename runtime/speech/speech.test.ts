import { mkdtempSync, readdirSync, truncateSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { speak, speechUrl, type Voicing } from './endpoint.ts'
import { narrow } from './narrow.ts'
import { SoundCache } from './sound-cache.ts'
import { soundName } from './sound-name.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function endpoint(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += String(chunk)
    })
    request.on('end', () => answer(request, response, body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1/audio/speech`, model: 'tts', voice: 'marin' } satisfies Voicing
}

describe('the endpoint', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com/v1/audio/speech'],
    ['wss://api.openai.com/v1/realtime?model=x', 'https://api.openai.com/v1/audio/speech'],
    ['http://127.0.0.1:8090', 'http://127.0.0.1:8090/v1/audio/speech'],
    ['https://proxy.acme/openai/v1/?tenant=a', 'https://proxy.acme/openai/v1/audio/speech?tenant=a'],
    ['https://a:b@proxy.acme/v1', null],
    ['nonsense', null],
  ])('of %s', (base, url) => {
    expect(speechUrl(base)).toBe(url)
  })

  it('is asked in the shape of OpenAI, and gives samples', async () => {
    let seen: unknown
    const how = await endpoint((request, response, body) => {
      seen = { key: request.headers.authorization, ...(JSON.parse(body) as object) }
      response.end(Buffer.from([1, 0, 255, 255, 9]))
    })
    expect([...(await speak({ ...how, voice: 'voice_1', speed: 1.2 }, 'Hello.', 'k', 1000))]).toEqual([1, -1])
    expect(seen).toEqual({
      key: 'Bearer k',
      model: 'tts',
      voice: { id: 'voice_1' },
      input: 'Hello.',
      response_format: 'pcm',
      speed: 1.2,
    })
  })

  it.each([
    ['SB_SPEECH_REFUSED', (r: ServerResponse) => void r.writeHead(404).end()],
    ['SB_SPEECH_REFUSED', (r: ServerResponse) => void r.writeHead(302, { location: 'http://169.254.169.254/' }).end()],
    ['SB_SPEECH_AUDIO', (r: ServerResponse) => void r.end('ID3 an MP3')],
    ['SB_SPEECH_AUDIO', (r: ServerResponse) => void r.end('')],
    ['SB_SPEECH_AUDIO', (r: ServerResponse) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['SB_SPEECH_AUDIO', (r: ServerResponse) => void r.end(Buffer.alloc(61 * 48_000))],
    ['SB_SPEECH_UNREACHABLE', (r: ServerResponse) => void r.destroy()],
    ['SB_SPEECH_TIMEOUT', () => undefined],
  ])('that fails: %s', async (code, answer) => {
    const how = await endpoint((_, response) => answer(response))
    await expect(speak(how, 'Hello.', null, 300)).rejects.toMatchObject({ code })
  })
})

describe('a sound', () => {
  const how = { url: 'u', model: 'm', voice: 'v' }

  it('has the name of what it was made of', () => {
    expect(soundName(how, 'a')).toMatch(/^speech:[0-9a-f]{64}$/)
    expect(soundName(how, 'a')).toBe(soundName({ ...how, speed: 1 }, 'a'))
    const others = [soundName(how, 'b'), soundName({ ...how, voice: 'w' }, 'a'), soundName({ ...how, speed: 2 }, 'a')]
    expect(new Set([soundName(how, 'a'), ...others]).size).toBe(4)
  })

  it('is as long at 8 kHz as it was at 24', () => {
    expect(narrow(new Int16Array(24_000).fill(1000))).toHaveLength(16_000)
    expect(narrow(new Int16Array(1))).toHaveLength(2)
    const samples = Int16Array.from({ length: 2400 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 1000 * i) / 24_000))
    const bytes = Buffer.from(narrow(samples))
    for (const n of [20, 50, 70]) expect(bytes.readInt16LE(2 * n)).toBeCloseTo(samples[3 * n] ?? 0, -2)
  })

  it('is kept whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sounds-'))
    const cache = new SoundCache(join(folder, 'speech'))
    const name = soundName(how, 'a')
    expect(await cache.get(name)).toBeNull()
    await cache.put(name, new Uint8Array([1, 2, 3, 4]))
    expect([...((await new SoundCache(join(folder, 'speech')).get(name)) ?? [])]).toEqual([1, 2, 3, 4])
    const [file = ''] = readdirSync(join(folder, 'speech'))
    truncateSync(join(folder, 'speech', file), 46)
    expect(await cache.get(name)).toBeNull()
  })

  it('makes room for the next', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sounds-'))
    const cache = new SoundCache(folder)
    for (let i = 0; i < 260; i++) await cache.put(soundName(how, String(i)), new Uint8Array(2))
    expect(readdirSync(folder)).toHaveLength(256)
  })
})
