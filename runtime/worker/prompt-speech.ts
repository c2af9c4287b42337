/**
 * The texts of revisions as sound: rendered once, ahead of calls, in a thread of its own. Where that fails, calls go on with what is declared or
 * ships, and it is tried again from time to time; a text that comes later is used from the next call on.
 */
import { Worker as Thread } from 'node:worker_threads'
import type { Candidate } from '#crds/models.ts'
import { type Renderer, rendererOf } from '#crds/speech.ts'
import type { CallPolicy, FinalActionPolicy } from '#runtime/call/policy.ts'
import type { PromptsState } from '#runtime/contract/load-line.ts'
import { speechUrl, USUAL_MODEL, type Voicing } from '#runtime/speech/endpoint.ts'
import { speechCrowd, speechKey, speechUnreachable } from '#runtime/speech/errors.ts'
import { soundName } from '#runtime/speech/sound-name.ts'
import type { RouteEntry, ServedRevision } from './agent-directory.ts'
import type { ClipLibrary } from './clips/clip-library.ts'
import type { Logger } from './logger.ts'
import { finalWithSounds, textsOf, withSounds } from './rendered-prompts.ts'
import type { Batch, Rendered } from './speech-thread.ts'
import type { WorkerDependencies } from './worker-dependencies.ts'

/** A revision is served at last after this, with what there is by then. */
const FIRST_MS = 10_000
const TEXT_MS = 8000
const AGAIN_MS = 30_000
const AGAIN_AT_MOST_MS = 600_000
const MAX_TEXTS = 64
const MAX_THREADS = 4
const MAX_HEAP_MB = 128

export interface PromptSpeechOptions {
  readonly clips: ClipLibrary
  readonly credential: (revision: ServedRevision, candidate: Candidate) => string | undefined
  /** Where the provider's simulator is, if there is one. */
  readonly simulator: () => string | undefined
  /** Where sounds outlive the process. */
  readonly directory: string | null
  readonly log: Logger
  /** 'rendered', 'cached', or the code of an error. */
  readonly counted: (revision: ServedRevision, result: string) => void
  readonly changed: () => void
}

interface Prepared {
  readonly revision: ServedRevision
  readonly renderer: Renderer
  readonly how: Voicing
  /** Name of the sound by its text. */
  readonly names: ReadonlyMap<string, string>
  code: string | null
  /** What was logged last: one line for a trouble, not one for each try. */
  said: string
  againMs: number
  timer: NodeJS.Timeout | null
  thread: Thread | null
}

export class PromptSpeech {
  readonly #o: PromptSpeechOptions
  readonly #byAgent = new Map<string, Prepared>()
  readonly #names = new WeakMap<ServedRevision, ReadonlyMap<string, string>>()
  /** One revision of an agent at a time, so that the last one that came is served last. */
  readonly #last = new Map<string, Promise<void>>()
  #threads = 0
  readonly #waiting: (() => void)[] = []
  #closed = false

  constructor(options: PromptSpeechOptions) {
    this.#o = options
  }

  static of(
    { credential, provider, sounds, log, telemetry }: WorkerDependencies,
    clips: ClipLibrary,
    changed: () => void,
  ) {
    return new PromptSpeech({
      clips,
      credential,
      simulator: () => provider?.('OpenAI'),
      directory: sounds ?? null,
      log,
      counted: ({ agent, name }, result) => telemetry.metrics.prompt({ agent, revision: name }, result),
      changed,
    })
  }

  /** Resolves when its texts are rendered, or as many as could be. Never rejects for what the other side does. */
  prepare(revision: ServedRevision, routes: readonly RouteEntry[]): Promise<void> {
    const before = this.#last.get(revision.agent) ?? Promise.resolve()
    const turn = before.then(async () => {
      const prepared = this.#begin(revision, routes)
      if (prepared === null) return
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>(resolve => {
        timer = setTimeout(resolve, FIRST_MS)
      })
      await Promise.race([this.#render(prepared), late])
      clearTimeout(timer)
    })
    this.#last.set(revision.agent, turn)
    return turn
  }

  /** The policy of a call, with the sounds that there are by now in the place of texts. */
  dress(revision: ServedRevision, policy: CallPolicy): CallPolicy {
    return withSounds(policy, this.#soundOf(revision))
  }

  dressFinal(revision: ServedRevision, action: FinalActionPolicy): FinalActionPolicy {
    return finalWithSounds(action, this.#soundOf(revision))
  }

  /** Of the revision that an agent is served with; undefined: it has no text to render. */
  stateOf(revision: ServedRevision): PromptsState | undefined {
    const prepared = this.#byAgent.get(revision.agent)
    if (prepared?.revision !== revision || prepared.names.size === 0) return undefined
    const rendered = [...prepared.names.values()].filter(name => this.#o.clips.has(name)).length
    return { texts: prepared.names.size, rendered, ...(prepared.code !== null && { code: prepared.code }) }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    for (const agent of this.#byAgent.keys()) this.#forget(agent)
    for (const next of this.#waiting.splice(0)) next()
    await Promise.all(this.#last.values())
  }

  #soundOf(revision: ServedRevision): (text: string) => string | undefined {
    const names = this.#names.get(revision)
    return text => {
      const name = names?.get(text)
      return name !== undefined && this.#o.clips.has(name) ? name : undefined
    }
  }

  #begin(revision: ServedRevision, routes: readonly RouteEntry[]): Prepared | null {
    this.#forget(revision.agent)
    const { behaviour, policy } = revision
    const renderer = rendererOf(behaviour.model, behaviour.speech)
    const isTemplate = behaviour.context !== undefined || behaviour.variables !== undefined
    const values = [{}, ...routes.map(route => route.variables ?? {})].map(own => ({ ...behaviour.variables, ...own }))
    const texts = textsOf(policy, isTemplate, values)
    if (renderer === null || texts.length === 0 || this.#closed) return null
    const url = speechUrl(this.#o.simulator() ?? renderer.candidate.url)
    const { model, voice, instructions, speed } = renderer
    const how: Voicing = {
      url: url ?? renderer.candidate.url,
      model: model ?? USUAL_MODEL,
      voice,
      ...(instructions !== undefined && { instructions }),
      ...(speed !== undefined && { speed }),
    }
    const own = { revision, renderer, how, names: new Map(texts.slice(0, MAX_TEXTS).map(t => [t, soundName(how, t)])) }
    const prepared: Prepared = { ...own, code: null, said: '', againMs: AGAIN_MS, timer: null, thread: null }
    this.#byAgent.set(revision.agent, prepared)
    this.#names.set(revision, prepared.names)
    if (texts.length > MAX_TEXTS) this.#failed(prepared, speechCrowd.code, speechCrowd(MAX_TEXTS).message)
    return prepared
  }

  #forget(agent: string): void {
    const prepared = this.#byAgent.get(agent)
    if (prepared === undefined) return
    this.#byAgent.delete(agent)
    if (prepared.timer) clearTimeout(prepared.timer)
    void prepared.thread?.terminate()
  }

  async #render(prepared: Prepared): Promise<void> {
    const { revision, renderer, how, names } = prepared
    const missing = [...names].filter(([, name]) => !this.#o.clips.has(name))
    if (missing.length === 0) return
    const { foreign, candidate } = renderer
    const unnamed = foreign && candidate.credentialsRef === undefined
    const key = unnamed ? undefined : this.#o.credential(revision, candidate)
    const batch: Batch = {
      how,
      key: key ?? null,
      open: unnamed,
      directory: this.#o.directory,
      texts: missing.map(([text, name]) => ({ name, text })),
      timeoutMs: TEXT_MS,
    }
    prepared.code = names.size < MAX_TEXTS ? null : prepared.code
    await this.#run(prepared, batch)
    if (this.#byAgent.get(revision.agent) !== prepared) return
    const left = missing.filter(([, name]) => !this.#o.clips.has(name)).length
    this.#o.changed()
    if (left === 0) return this.#o.log.info({ agent: revision.agent, texts: names.size }, 'prompts are rendered')
    if (key === undefined && !unnamed) this.#failed(prepared, speechKey.code, speechKey(revision.agent).message)
    prepared.timer = setTimeout(() => void this.#render(prepared), prepared.againMs)
    prepared.timer.unref()
    prepared.againMs = Math.min(AGAIN_AT_MOST_MS, 2 * prepared.againMs)
  }

  async #run(prepared: Prepared, batch: Batch): Promise<void> {
    if (this.#threads >= MAX_THREADS) await new Promise<void>(resolve => this.#waiting.push(resolve))
    // it was replaced meanwhile, or the worker stops
    if (this.#closed || this.#byAgent.get(prepared.revision.agent) !== prepared) return this.#waiting.shift()?.()
    this.#threads += 1
    await this.#inThread(prepared, batch)
    this.#threads -= 1
    this.#waiting.shift()?.()
  }

  #inThread(prepared: Prepared, batch: Batch): Promise<void> {
    const thread = new Thread(new URL('./speech-thread.ts', import.meta.url), {
      workerData: batch,
      name: 'speech',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    prepared.thread = thread
    return new Promise(resolve => {
      thread.on('message', (rendered: Rendered) => this.#take(prepared, rendered))
      thread.on('error', error => this.#failed(prepared, speechUnreachable.code, error.message))
      thread.once('exit', () => {
        prepared.thread = null
        resolve()
      })
    })
  }

  #take(prepared: Prepared, rendered: Rendered): void {
    const { revision } = prepared
    if ('unkept' in rendered)
      return this.#o.log.warn({ code: rendered.unkept }, 'a rendered prompt is not kept over a restart')
    if (!rendered.ok) return this.#failed(prepared, rendered.code, rendered.message)
    this.#o.clips.addReady(rendered.name, rendered.laws)
    this.#o.counted(revision, rendered.cached ? 'cached' : 'rendered')
  }

  #failed(prepared: Prepared, code: string, message: string): void {
    const { agent, name } = prepared.revision
    prepared.code = code
    this.#o.counted(prepared.revision, code)
    if (prepared.said === message) return
    prepared.said = message
    this.#o.log.warn({ agent, revision: name, code }, `prompts are not rendered: ${message}`)
  }
}
