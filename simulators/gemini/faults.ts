/** What can go wrong on command: `POST /_sim/faults`, or in code. */
import { z } from 'zod'

const session = z.string().default('*')

export const Fault = z.discriminatedUnion('kind', [
  /** The socket dies without a close frame. */
  z.strictObject({ session, kind: z.literal('drop') }),
  z.strictObject({
    session,
    kind: z.literal('close'),
    code: z.int().default(1011),
    reason: z.string().default('Internal error encountered.'),
  }),
  /** The server says that it will go, and goes. */
  z.strictObject({ session, kind: z.literal('goAway'), timeLeftMs: z.number().min(0).default(5000) }),
  /** Nothing is sent for so long; then everything at once. */
  z.strictObject({ session, kind: z.literal('stall'), ms: z.number().min(0) }),
  z.strictObject({ session, kind: z.literal('garbage'), form: z.enum(['unknown', 'text']).default('unknown') }),
  /** The server believes to hear the caller, and interrupts itself. */
  z.strictObject({ session, kind: z.literal('interrupt') }),
  /** The next turns begin later, come to nothing, or the next upgrades are refused. */
  z.strictObject({ kind: z.literal('slow'), ms: z.number().min(0), count: z.int().min(1).default(1) }),
  z.strictObject({ kind: z.literal('empty'), count: z.int().min(1).default(1) }),
  z.strictObject({
    kind: z.literal('refuse'),
    status: z.int().min(400).max(599).default(503),
    count: z.int().min(1).default(1),
  }),
  /** The next setups are taken so much later. */
  z.strictObject({ kind: z.literal('slowStart'), ms: z.number().min(0), count: z.int().min(1).default(1) }),
  /** Handles are forgotten: the next resumptions are refused. */
  z.strictObject({ kind: z.literal('forget') }),
])
export type Fault = z.infer<typeof Fault>
export type FaultInput = z.input<typeof Fault>
type Waiting = Extract<Fault, { count: number }>

const MOST = 100

/** Those that wait for their moment. */
export class Waits {
  readonly #waiting: { fault: Waiting; left: number }[] = []

  add(fault: Waiting): void {
    if (this.#waiting.length >= MOST) this.#waiting.shift()
    this.#waiting.push({ fault, left: fault.count })
  }

  take<K extends Waiting['kind']>(kind: K): Extract<Fault, { kind: K }> | null {
    const found = this.#waiting.find(w => w.fault.kind === kind)
    if (found === undefined) return null
    found.left -= 1
    if (found.left === 0) this.#waiting.splice(this.#waiting.indexOf(found), 1)
    return found.fault as Extract<Fault, { kind: K }>
  }
}
