/** A worker as its operator knows it, in a process of its own: tokens, load, drain, Secrets, and what outlives its container. */
import { UnsecuredJWT } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { behaviour } from '#crds/behaviour.ts'
import { type Load, serves } from '#operator/loads/load.ts'
import { LoadFollower } from '#operator/loads/load-follower.ts'
import { WorkerCalls } from '#operator/loads/worker-calls.ts'
import type { Signer } from '#operator/tokens/tokens.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import type { RevisionRequest } from '#runtime/contract/revision.ts'
import type { Trunk } from '#runtime/contract/trunk.ts'
import { type RealtimeSimulator, startRealtimeSimulator } from '#simulators/realtime/start.ts'
import { POD, Pod, Signing } from '#test/product/pod.ts'
import { Caller } from './caller.ts'
import { recordOf } from './stage.ts'

// Every case waits most of its time: three at once: each starts processes.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000, hookTimeout: 30_000 })

const NUMBER = '+14155550100'
const BAD_KEY = 'sk-withdrawn'
const REVISION = 'reception-1'
const PBX: Trunk = {
  key: 'acme/pbx',
  peers: [{ signalling: ['127.0.0.0/8'], media: ['127.0.0.0/8'] }],
  latch: true,
  codecs: ['PCMU'],
}

/** What every case has of its own. */
class Scene {
  readonly ours: Signing
  readonly provider: RealtimeSimulator
  readonly pod: Pod
  readonly calls: WorkerCalls
  readonly #follower: LoadFollower
  readonly #callers: Caller[] = []

  private constructor(ours: Signing, provider: RealtimeSimulator, pod: Pod) {
    const signer: Signer = { sign: ({ verb }) => ours.token(verb) }
    this.ours = ours
    this.provider = provider
    this.pod = pod
    this.calls = new WorkerCalls({ signer, port: pod.httpPort })
    this.#follower = new LoadFollower({ signer, port: pod.httpPort, onChange: () => undefined })
  }

  static async play(act: (scene: Scene) => Promise<void>): Promise<void> {
    const ours = await Signing.make('k1')
    const scene = new Scene(ours, await startRealtimeSimulator({ badKeys: [BAD_KEY] }), await Pod.make([ours]))
    scene.pod.mountSecret('sk-simulated')
    try {
      await act(scene)
    } finally {
      for (const caller of scene.#callers) caller.close()
      scene.#follower.close()
      scene.calls.close()
      await scene.pod.close()
      await scene.provider.close()
    }
  }

  follow(): void {
    this.#follower.follow('acme/reception', [POD])
  }

  get load(): Load {
    return this.#follower.of(POD.uid) as Load
  }

  get line(): LoadLine | undefined {
    const { load } = this
    return load.state === 'known' ? load.line : undefined
  }

  async dial(): Promise<Caller> {
    const caller = await Caller.dial(this.pod.sipPort, NUMBER)
    this.#callers.push(caller)
    return caller
  }

  /** Runs, and answers as its revision. */
  async serve(): Promise<void> {
    await this.pod.run()
    this.follow()
    await until(() => must(this.load.state === 'known', 'it is not heard of'))
    await this.calls.putRevision(POD, REVISION, revision(this.provider))
    await until(() => must(serves(this.load, REVISION, 'request-1'), 'it does not serve its revision'))
  }
}

function must(so: boolean, otherwise: string): void {
  if (!so) throw new Error(otherwise)
}

const until = (check: () => void, ms = 20_000): Promise<void> => vi.waitFor(check, { timeout: ms, interval: 20 })

function revision(provider: RealtimeSimulator): RevisionRequest {
  return {
    v: 1,
    id: 'request-1',
    agent: 'acme/reception',
    content: behaviour.parse({
      instructions: 'You are the receptionist of Acme Dental.',
      greeting: { text: 'Acme Dental, how can I help?' },
      unavailable: { after: '2s', then: { reject: 480 } },
      model: {
        provider: 'OpenAI',
        openAI: { model: 'gpt-realtime-2.1', baseURL: provider.baseURL },
        credentialsRef: { kind: 'Secret', name: 'openai', key: 'apiKey' },
      },
    }),
    routes: [{ trunk: PBX, numbers: [{ number: NUMBER }] }],
    drain: { deadlineMs: 20_000, end: { then: { hangUp: {} } } },
  }
}

describe.concurrent('a pod', () => {
  test('a whole life: blank and ready, given its revision, a call, a drain, the end', () =>
    Scene.play(async s => {
      await s.pod.run()
      expect((await s.pod.ask('GET', '/readyz')).status).toBe(200)
      s.follow()
      await until(() => expect(s.line).toMatchObject({ pod: POD.name, uid: POD.uid, revisions: {}, drain: null }))
      await s.calls.putRevision(POD, REVISION, revision(s.provider))
      await until(() => expect(s.line?.revisions[REVISION]).toMatchObject({ calls: 0, id: 'request-1' }))
      await until(() => expect(s.line?.secrets).toEqual({ 'openai/apiKey': 'present' }))

      const caller = await s.dial()
      await caller.answered()
      await caller.hears('greeting', 5000)
      await until(() => expect(s.line).toMatchObject({ slots: { busy: 1 }, revisions: { [REVISION]: { calls: 1 } } }))

      const deadline = Date.now() + 30_000
      const answer = await s.calls.drain(POD, { id: 'd1', deadline })
      expect(answer).toEqual({ v: 1, id: 'd1', deadline, busy: 1 })
      await until(() => expect(s.line?.drain).toMatchObject({ id: 'd1', deadline }))
      const late = await s.dial()
      expect((await late.final()).status).toBe(503)
      expect((await s.pod.ask('GET', '/readyz')).status).toBe(200)

      await caller.hangUp()
      await until(() =>
        expect(s.line).toMatchObject({ slots: { busy: 0, reserved: 0 }, outbox: 0, drain: { id: 'd1' } }),
      )
      s.pod.process.signal('SIGTERM')
      expect(await s.pod.process.exited).toBe(0)
      await until(() => expect(s.load).toMatchObject({ state: 'unknown', calls: 0 }))
    }))

  test('SIGTERM with a call up: no new one, the call goes on, and the process ends with its record written', () =>
    Scene.play(async s => {
      await s.serve()
      const caller = await s.dial()
      await caller.answered()
      await caller.hears('greeting', 5000)
      const { calls: list } = (await (await s.pod.ask('GET', '/v1/calls', await s.ours.token('calls'))).json()) as {
        calls: { id: string }[]
      }
      s.pod.process.signal('SIGTERM')
      await until(() => expect(s.line?.drain?.id).toBe('signal'))
      // as the revision says, not as the flag's default
      expect((s.line?.drain?.deadline ?? 0) - Date.now()).toBeLessThanOrEqual(20_000)
      expect((await (await s.dial()).final()).status).toBe(503)
      expect((await s.pod.ask('GET', '/readyz')).status).toBe(200)
      await caller.hangUp()
      expect(await s.pod.process.exited).toBe(0)
      const entries = await recordOf(s.pod.db, list[0]?.id ?? '')
      expect(entries.at(-1)).toMatchObject({ kind: 'end', why: { code: 'hangup', by: 'caller' } })
    }))

  test('an operator that tells an earlier deadline is obeyed: min(deadline, what the pod has left)', () =>
    Scene.play(async s => {
      await s.serve()
      const caller = await s.dial()
      await caller.answered()
      await caller.hears('greeting', 5000)
      await s.calls.drain(POD, { id: 'd1', deadline: Date.now() + 60_000, end: { then: { hangUp: {} } } })
      const sooner = Date.now() + 1000
      expect(await s.calls.drain(POD, { id: 'd1', deadline: sooner })).toMatchObject({ deadline: sooner })
      expect(await s.calls.drain(POD, { id: 'd1', deadline: sooner + 90_000 })).toMatchObject({ deadline: sooner })
      const { reason } = await caller.ended(5000)
      expect(reason).toContain('drain')
      await until(() => expect(s.line).toMatchObject({ slots: { busy: 0 }, drain: { id: 'd1' } }))
    }))

  test('killed and started again it answers without being told; a drain outlives the container as well', () =>
    Scene.play(async s => {
      await s.serve()
      const before = s.line?.boot
      await s.pod.kill()
      await until(() => expect(s.load).toMatchObject({ state: 'unknown', why: 'unreachable' }))
      await s.pod.run()
      await until(() => expect(s.load).toMatchObject({ state: 'known', restarts: 1 }))
      expect(s.line?.boot).not.toBe(before)
      expect(serves(s.load, REVISION, 'request-1')).toBe(true)
      const caller = await s.dial()
      await caller.answered()
      await caller.hears('greeting', 5000)
      await caller.hangUp()

      await s.calls.drain(POD, { id: 'd1', deadline: Date.now() + 60_000 })
      await s.pod.kill()
      await s.pod.run()
      await until(() => expect(s.load).toMatchObject({ restarts: 2, line: { drain: { id: 'd1' } } }))
      expect((await (await s.dial()).final()).status).toBe(503)
    }))

  test('a Secret that comes, goes and is rotated is seen, and used from the next session on', () =>
    Scene.play(async s => {
      s.pod.mountSecret(null)
      await s.serve()
      const secret = (state: string): Promise<void> =>
        until(() => expect(s.line?.secrets).toEqual({ 'openai/apiKey': state }))
      await secret('missing')
      expect((await (await s.dial()).final()).status).toBe(480)
      s.pod.mountSecret(BAD_KEY)
      await secret('present')
      expect((await (await s.dial()).final()).status).toBe(480)
      s.pod.mountSecret('sk-simulated')
      const caller = await s.dial()
      await caller.answered()
      await caller.hangUp()
      s.pod.mountSecret('\n')
      await secret('unreadable')
      const said = JSON.stringify(s.line) + s.pod.process.output()
      expect([said.includes('sk-simulated'), said.includes(BAD_KEY)]).toEqual([false, false])
    }))
})

describe.concurrent('tokens', () => {
  const UNAUTHORIZED = [401, '{"ok":false,"why":"unauthorized"}']
  const ROUTES = [
    ['GET', '/v1/load', 'load'],
    ['GET', '/v1/calls', 'calls'],
    ['DELETE', '/v1/calls/x', 'calls'],
    ['POST', '/v1/drain', 'drain'],
    ['PUT', '/v1/revisions/reception-1', 'revisions'],
  ] as const

  test('each route refuses all but its own: with one answer, and nothing is done', () =>
    Scene.play(async s => {
      const theirs = await Signing.make('k1')
      const unknown = await Signing.make('k9')
      const now = Math.floor(Date.now() / 1000)
      await s.pod.run()
      const body = (method: string): unknown =>
        method === 'PUT' ? revision(s.provider) : method === 'POST' ? { id: 'd1', deadline: 1 } : undefined
      for (const [method, path, verb] of ROUTES) {
        const other = verb === 'load' ? 'calls' : 'load'
        const claims = { iss: 'switchboard-operator', aud: `pod/${POD.uid}/${verb}`, iat: now, exp: now + 120 }
        const wrong: Record<string, string | undefined> = {
          none: undefined,
          'another verb': await s.ours.token(other),
          'another pod': await s.ours.token(verb, { aud: `pod/6c1e7a4e-0000-4000-8000-0000000000b2/${verb}` }),
          expired: await s.ours.token(verb, { iat: now - 1000, exp: now - 500 }),
          unsigned: new UnsecuredJWT(claims).encode(),
          'another key': await theirs.token(verb),
          'an unknown key': await unknown.token(verb),
        }
        for (const [name, token] of Object.entries(wrong)) {
          const answer = await s.pod.ask(method, path, token, body(method))
          expect([name, path, answer.status, await answer.text()]).toEqual([name, path, ...UNAUTHORIZED])
        }
      }
      for (const path of ['/healthz', '/readyz', '/metrics'])
        expect([path, (await s.pod.ask('GET', path)).status]).toEqual([path, 200])
      s.follow()
      await until(() => expect(s.line).toMatchObject({ revisions: {}, drain: null }))
    }))

  test('keys are changed under way: the new one is taken and the old one refused within ten seconds', () =>
    Scene.play(async s => {
      await s.pod.run()
      const next = await Signing.make('k2')
      const status = async (by: Signing): Promise<number> =>
        (await s.pod.ask('GET', '/v1/calls', await by.token('calls'))).status
      expect([await status(s.ours), await status(next)]).toEqual([200, 401])
      await s.pod.mountKeys([s.ours, next])
      await vi.waitFor(async () => expect([await status(s.ours), await status(next)]).toEqual([200, 200]), 15_000)
      await s.pod.mountKeys([next])
      await vi.waitFor(async () => expect([await status(s.ours), await status(next)]).toEqual([401, 200]), 15_000)
    }))
})
