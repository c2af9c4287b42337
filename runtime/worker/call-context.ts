/** What a revision says in one call: with the variables of the number that was called, and what is known of the caller. */
import type { Behaviour } from '#crds/behaviour.ts'
import { durationMs } from '#crds/duration.ts'
import type { CallPolicy } from '#runtime/call/policy.ts'
import { type Answer, ask } from '#runtime/context/ask.ts'
import { fillInstructions, fillPolicy } from '#runtime/context/fill-in.ts'
import { cleaned } from '#runtime/context/untrusted.ts'
import type { Found } from './agent-directory.ts'
import type { Incoming } from './incoming.ts'

export interface ContextOutcome {
  readonly ok: boolean
  readonly code?: string
  readonly policy?: CallPolicy
}

type Context = NonNullable<Behaviour['context']>
type Variable = Context['variables'][number]

export class CallContext {
  readonly #found: Found
  readonly #incoming: Incoming
  readonly #call: string
  #members: ReadonlyMap<string, string> = new Map()
  #instructions: string

  constructor(call: string, found: Found, incoming: Incoming) {
    this.#call = call
    this.#found = found
    this.#incoming = incoming
    this.#instructions = this.#fillInstructions()
  }

  /** Whatever is known now. */
  get policy(): CallPolicy {
    const { behaviour, policy } = this.#found.revision
    return this.#isTemplate(behaviour) ? fillPolicy(policy, this.#values()) : policy
  }

  get instructions(): string {
    return this.#instructions
  }

  /** Asks what the revision declares. Never rejects for what the other side does. */
  async ask(signal: AbortSignal, traceparent: string | null): Promise<ContextOutcome> {
    const http = this.#found.revision.behaviour.context?.http
    if (http === undefined) return { ok: true }
    const about = { ...this.#about(), ...this.#headers() }
    const answer: Answer = await ask(
      { url: http.url, method: http.method, timeoutMs: durationMs(http.timeout), headers: http.headers ?? [] },
      about,
      { signal, ...(traceparent !== null && { traceparent }) },
    )
    if (!answer.ok) return { ok: false, code: answer.code }
    this.#members = answer.members
    this.#instructions = this.#fillInstructions()
    return { ok: true, policy: this.policy }
  }

  /** What is asked with: bounded, and as it came. */
  #about(): Record<string, string> {
    const { from, requestUri } = this.#incoming
    const { trunk, revision } = this.#found
    return {
      caller: cleaned(from.user, 128),
      callerName: cleaned(from.display, 200),
      called: cleaned(requestUri.user, 128),
      trunk: trunk.key,
      agent: revision.agent,
      call: this.#call,
    }
  }

  /** Those that the trunk lets through, by their names as it writes them. */
  #headers(): Record<string, string> {
    return Object.fromEntries((this.#found.trunk.headers ?? []).map(name => [name, cleaned(this.#header(name), 1000)]))
  }

  #header(name: string): string {
    const allowed = (this.#found.trunk.headers ?? []).some(one => one.toLowerCase() === name.toLowerCase())
    return (allowed && this.#incoming.headers[name.toLowerCase()]?.[0]) || ''
  }

  #isTemplate({ context, variables }: Behaviour): boolean {
    return context !== undefined || variables !== undefined
  }

  #fillInstructions(): string {
    const { behaviour } = this.#found.revision
    const { instructions } = behaviour
    return this.#isTemplate(behaviour) ? fillInstructions(instructions, this.#values()) : instructions
  }

  #values() {
    const { context, variables } = this.#found.revision.behaviour
    const outside = (context?.variables ?? []).map(variable => [variable.name, this.#valueOf(variable)])
    return {
      own: { ...variables, ...this.#found.variables },
      outside: Object.fromEntries(outside) as Record<string, string>,
    }
  }

  #valueOf(variable: Variable): string {
    const said = cleaned(this.#said(variable), variable.maxLength)
    return said === '' ? variable.default : said
  }

  #said({ name, from, field, header }: Variable): string {
    switch (from) {
      case 'Http':
        return this.#members.get(field ?? name) ?? ''
      case 'CallerNumber':
        return this.#incoming.from.user
      case 'CallerName':
        return this.#incoming.from.display
      case 'CalledNumber':
        return this.#incoming.requestUri.user
      case 'Header':
      default:
        return this.#header(header ?? '')
    }
  }
}
