/** Faults on demand: from a script, from the control endpoint, from a test. */
import { z } from 'zod'
import { newId } from './ids.ts'

const target = {
  /** A session's id, `*` for every session (default). */
  session: z.string().default('*'),
  /** How often it strikes; each strike uses one up. */
  count: z.int().min(1).default(1),
  afterMs: z.number().min(0).default(0),
}
/** `now`: at once on a live session. The others wait for the moment they name. */
const when = z.enum(['now', 'connect', 'response', 'speech'])

export const Fault = z.discriminatedUnion('kind', [
  /** The socket dies without a close frame, or with `code`. */
  z.strictObject({ ...target, kind: z.literal('drop'), when: when.default('now'), code: z.int().optional() }),
  /** Nothing is sent for `ms`; then everything at once. */
  z.strictObject({ ...target, kind: z.literal('stall'), when: when.default('now'), ms: z.number().min(0) }),
  z.strictObject({
    ...target,
    kind: z.literal('error'),
    when: when.default('now'),
    code: z.string().default('server_error'),
    type: z.string().default('server_error'),
    message: z.string().default('The server had an error while processing your request.'),
  }),
  /** A message that no client knows: an unknown event, text that is not JSON, or bytes. */
  z.strictObject({
    ...target,
    kind: z.literal('garbage'),
    when: when.default('now'),
    form: z.enum(['event', 'text', 'binary']).default('event'),
  }),
  z.strictObject({ ...target, kind: z.literal('expire'), when: when.default('now') }),
  /** The next response begins `ms` later than it would. */
  z.strictObject({ ...target, kind: z.literal('slow'), ms: z.number().min(0) }),
  z.strictObject({ ...target, kind: z.literal('empty') }),
  z.strictObject({
    ...target,
    kind: z.literal('failed'),
    code: z.string().default('inference_rate_limit_exceeded'),
    message: z.string().default('Rate limit reached. Please try again later.'),
  }),
  z.strictObject({
    ...target,
    kind: z.literal('incomplete'),
    reason: z.enum(['max_output_tokens', 'content_filter']).default('max_output_tokens'),
    /** Audio generated before it ends. */
    audioMs: z.number().min(0).default(600),
  }),
  /** The next upgrades are answered with an HTTP status. */
  z.strictObject({ ...target, kind: z.literal('refuse'), status: z.int().min(400).max(599).default(503) }),
  /** The next sessions say `session.created` `ms` late. */
  z.strictObject({ ...target, kind: z.literal('slowStart'), ms: z.number().min(0) }),
  /** The next texts to speak are answered with an HTTP status, never, or with what is no audio. */
  z.strictObject({
    ...target,
    kind: z.literal('speech'),
    fails: z.enum(['Status', 'Stall', 'Garbage']).default('Status'),
    status: z.int().min(400).max(599).default(503),
  }),
])
export type Fault = z.infer<typeof Fault>
export type FaultInput = z.input<typeof Fault>
export type FaultKind = Fault['kind']

export interface PendingFault {
  readonly id: string
  readonly fault: Fault
  left: number
}

const LIMIT = 1000

/** The faults that wait for their moment. */
export class Faults {
  readonly #pending: PendingFault[] = []

  get pending(): readonly PendingFault[] {
    return this.#pending
  }

  add(fault: Fault): string {
    if (this.#pending.length >= LIMIT) this.#pending.shift()
    const id = newId('fault')
    this.#pending.push({ id, fault, left: fault.count })
    return id
  }

  clear(): void {
    this.#pending.length = 0
  }

  /** Uses up the first waiting fault of a kind, for a session. */
  take<K extends FaultKind>(kind: K, session: string): Extract<Fault, { kind: K }> | null {
    const found = this.#pending.find(p => p.fault.kind === kind && applies(p.fault, session))
    return found === undefined ? null : (this.#strike(found) as Extract<Fault, { kind: K }>)
  }

  /** Uses up all faults that wait for a moment in a session's life. */
  takeAt(moment: 'connect' | 'response' | 'speech', session: string): Fault[] {
    return this.#pending
      .filter(p => 'when' in p.fault && p.fault.when === moment && applies(p.fault, session))
      .map(p => this.#strike(p))
  }

  #strike(p: PendingFault): Fault {
    p.left--
    if (p.left === 0) this.#pending.splice(this.#pending.indexOf(p), 1)
    return p.fault
  }
}

function applies(fault: Fault, session: string): boolean {
  return fault.session === '*' || fault.session === session
}
