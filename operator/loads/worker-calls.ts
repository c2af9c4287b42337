/** What the operator tells workers: their revision, and to drain. Each call is for one pod, with a token for it and the verb. */
import type { ClientRequest } from 'node:http'
import { type DrainAnswer, type DrainRequest, drainAnswerSchema } from '#runtime/contract/drain.ts'
import type { RevisionRequest } from '#runtime/contract/revision.ts'
import type { TokenVerb } from '#runtime/contract/token.ts'
import type { Signer } from '../tokens/tokens.ts'
import { type Answer, ask } from './ask.ts'
import { loadErrors } from './errors.ts'
import type { FollowedPod } from './followed-pod.ts'
import { originOf } from './worker-url.ts'

export interface WorkerCallsOptions {
  readonly signer: Signer
  /** Of every worker's HTTP API. */
  readonly port: number
  /** From the call to the last byte of its answer; default 10 s, and 30 s for a revision, which a worker reads in a thread. */
  readonly timeoutMs?: number
}

interface Ask {
  readonly verb: Extract<TokenVerb, keyof typeof TIMEOUT_MS>
  readonly method: 'PUT' | 'POST'
  readonly path: string
  readonly body: unknown
}

const TIMEOUT_MS = { drain: 10_000, revisions: 30_000 } as const
/** Answers are a few hundred bytes. */
const MAX_ANSWER_BYTES = 64 * 1024

export class WorkerCalls {
  readonly #o: WorkerCallsOptions
  readonly #underWay = new Set<ClientRequest>()
  #closed = false

  constructor(options: WorkerCallsOptions) {
    this.#o = options
  }

  /**
   * Gives a pod the revision it shall answer as. Resolves when the worker serves it and will after a restart of its container; its load then
   * echoes `request.id`.
   * @throws SB_LOADS_…
   */
  async putRevision(pod: FollowedPod, name: string, request: RevisionRequest): Promise<void> {
    const path = `/v1/revisions/${encodeURIComponent(name)}`
    await this.#ask(pod, { verb: 'revisions', method: 'PUT', path, body: request })
  }

  /**
   * Tells a pod to drain, or that the deadline is earlier than it was told. The answer is the acknowledgement that no new call is taken; its
   * deadline is the one that holds.
   * @throws SB_LOADS_…
   */
  async drain(pod: FollowedPod, request: DrainRequest): Promise<DrainAnswer> {
    const { text } = await this.#ask(pod, { verb: 'drain', method: 'POST', path: '/v1/drain', body: request })
    const { data } = drainAnswerSchema.safeParse(parsed(text))
    if (data === undefined || data.id !== request.id) throw loadErrors.garbled(pod.name, 'POST /v1/drain')
    return data
  }

  /** Calls that are under way fail. Idempotent. */
  close(): void {
    this.#closed = true
    for (const request of this.#underWay) request.destroy()
  }

  async #ask(pod: FollowedPod, { verb, method, path, body }: Ask): Promise<Answer> {
    const what = `${method} ${path}`
    const answer = await this.#answer(pod, { verb, method, path, body }).catch((cause: unknown) => {
      throw loadErrors.unreachable(pod.name, what, wordsOf(cause), { cause })
    })
    const { status, text } = answer
    if (status >= 200 && status < 300) return answer
    if (status === 401) throw loadErrors.unauthorized(pod.name, what)
    throw loadErrors.refused(pod.name, what, status, whyOf(text))
  }

  async #answer(pod: FollowedPod, { verb, method, path, body }: Ask): Promise<Answer> {
    const token = await this.#o.signer.sign({ podUid: pod.uid, verb })
    const question = {
      origin: originOf(pod, this.#o.port),
      method,
      path,
      token,
      body: JSON.stringify(body),
      timeoutMs: this.#o.timeoutMs ?? TIMEOUT_MS[verb],
      maxBytes: MAX_ANSWER_BYTES,
    }
    return await ask(question, request => {
      this.#underWay.add(request)
      request.once('close', () => this.#underWay.delete(request))
      if (this.#closed) request.destroy()
    })
  }
}

/** `why` of our workers' refusals, or the beginning of whatever it is. */
function whyOf(text: string): string {
  const body = parsed(text)
  const why = typeof body === 'object' && body !== null && 'why' in body ? body.why : text
  return (typeof why === 'string' ? why : JSON.stringify(why)).slice(0, 300)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** One error per address that was tried has no words of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.message || error.name
}
