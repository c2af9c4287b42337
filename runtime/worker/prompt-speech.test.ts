import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { behaviour } from '#crds/behaviour.ts'
import type { RouteEntry, ServedRevision } from './agent-directory.ts'
import { policyOf } from './behaviour-to-policy.ts'
import { ClipLibrary } from './clips/clip-library.ts'
import { PromptSpeech } from './prompt-speech.ts'
import { textsOf } from './rendered-prompts.ts'

const closers: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const last = (text: string) => ({ say: { text, interruptible: false }, then: { hangUp: {} } })

function revisionOf(more: Readonly<Record<string, unknown>>): ServedRevision {
  const content = behaviour.parse({
    instructions: 'Be kind.',
    model: { provider: 'OpenAI', openAI: { model: 'm', baseURL: 'http://127.0.0.1:9/v1' } },
    ...more,
  })
  return { agent: 'acme/reception', name: 'reception-1', behaviour: content, policy: policyOf(content) }
}

/** An endpoint that answers as it is told, and what it was asked. */
async function endpoint(status: () => number) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += String(chunk)
    })
    request.on('end', () => {
      asked.push((JSON.parse(body) as { input: string }).input)
      response.writeHead(status()).end(Buffer.alloc(4800, 1))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` }
}

function speechOf(url: string, directory: string | null, key: string | null = 'k') {
  const counted: string[] = []
  const clips = new ClipLibrary()
  const speech = new PromptSpeech({
    clips,
    credential: () => key ?? undefined,
    simulator: () => url,
    directory,
    log: pino({ level: 'silent' }),
    counted: (_, result) => counted.push(result),
    changed: () => undefined,
  })
  closers.push(() => speech.close())
  return { speech, clips, counted }
}

describe('texts of a revision', () => {
  const more = {
    disclosures: [{ name: 'machine', text: 'A machine.' }],
    unavailable: last('Sorry.'),
    greeting: { text: 'Hello.' },
  }

  it('are rendered once, and a call plays what was rendered', async () => {
    const { asked, url } = await endpoint(() => 200)
    const directory = mkdtempSync(join(tmpdir(), 'sounds-'))
    const { speech, clips, counted } = speechOf(url, directory)
    const revision = revisionOf(more)
    await speech.prepare(revision, [])
    await speech.prepare(revision, [])
    expect(asked.toSorted()).toEqual(['A machine.', 'Sorry.'])
    expect(speech.stateOf(revision)).toEqual({ texts: 2, rendered: 2 })
    const policy = speech.dress(revision, revision.policy)
    const clip = policy.unavailable.say?.clip ?? ''
    expect(clips.get(clip, { encoding: 'pcma', rateHz: 8000 })).toHaveLength(800)
    expect(policy.disclosures).toMatchObject([{ name: 'machine', clip: expect.stringMatching(/^speech:/) }])
    expect(policy.greeting).toEqual({ text: 'Hello.', interruptible: true })
    expect(
      speech.dressFinal(revision, { say: { text: 'Sorry.', interruptible: false }, then: { hangUp: true } }).say?.clip,
    ).toBe(clip)
    const again = speechOf(url, directory, null)
    await again.speech.prepare(revision, [])
    expect([...counted, ...again.counted]).toEqual(['rendered', 'rendered', 'cached', 'cached'])
    expect(asked).toHaveLength(2)
  })

  it('that cannot be rendered leave the policy as it is, and say why', async () => {
    const { url } = await endpoint(() => 503)
    const { speech, counted } = speechOf(url, null)
    const revision = revisionOf(more)
    await speech.prepare(revision, [])
    expect(speech.dress(revision, revision.policy)).toEqual(revision.policy)
    expect(speech.stateOf(revision)).toEqual({ texts: 2, rendered: 0, code: 'SB_SPEECH_REFUSED' })
    expect(counted).toEqual(['SB_SPEECH_REFUSED', 'SB_SPEECH_REFUSED'])
  })

  it('are not asked for without a key', async () => {
    const { asked, url } = await endpoint(() => 200)
    const { speech } = speechOf(url, null, null)
    const revision = revisionOf(more)
    await speech.prepare(revision, [])
    expect(asked).toEqual([])
    expect(speech.stateOf(revision)?.code).toBe('SB_SPEECH_KEY')
  })

  it('are none where nothing renders, or there is nothing to render', async () => {
    const { speech } = speechOf('http://127.0.0.1:9', null)
    const silent = revisionOf({})
    const gemini = revisionOf({ model: { provider: 'Gemini', gemini: { model: 'g' } }, unavailable: last('Sorry.') })
    for (const revision of [silent, gemini]) {
      await speech.prepare(revision, [])
      expect(speech.stateOf(revision)).toBeUndefined()
    }
  })

  it('are there for each way in, and not for what is known in the call alone', () => {
    const policy = revisionOf({
      ...more,
      unavailable: last('{{clinic}} is closed.'),
      deadAir: { then: last('Sorry, {{caller}}.') },
    }).policy
    const route = (clinic: string): RouteEntry['variables'] => ({ clinic })
    expect(textsOf(policy, true, [{ clinic: 'Main' }, { ...route('North') }])).toEqual([
      'A machine.',
      'Main is closed.',
      'North is closed.',
    ])
    expect(textsOf(policy, false, [])).toContain('Sorry, {{caller}}.')
  })
})
