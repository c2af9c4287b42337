/**
 * The trace of one call: marks of the call machine become spans in the tree call → leg → session → turn → tool, exported as they end. The
 * machine's clock is mapped to wall time once, so that no span of a call jumps when the wall clock is set.
 */
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import type { RecordEntry, TraceMark } from '#runtime/call/effects.ts'
import type { EndReason, LegId } from '#runtime/call/ports.ts'
import type { Ms } from '#runtime/media/format.ts'
import { FIGURE_METRIC, METRIC } from '#telemetry/metrics.ts'
import { ATTR, SPAN } from '#telemetry/names.ts'
import type { Attributes } from '#telemetry/span.ts'
import { addUsage, type UsageSum } from '#telemetry/usage.ts'
import { attributesOf, usageAttributes } from './attributes.ts'
import type { CallMetrics, Who } from './call-metrics.ts'
import { outcomeOf } from './outcome.ts'

export interface CallTraceOptions extends Who {
  readonly call: string
  /** Epoch milliseconds of the first sign of the call, and the machine's clock then. */
  readonly startedAt: number
  readonly at: Ms
  /** W3C Trace Context of who sent the call. */
  readonly traceparent?: string
  readonly tracestate?: string
  /** By short key or full name (`telemetry/names.ts`). */
  readonly attributes?: Attributes
  /** Put on every session span: provider, model. */
  readonly session?: Attributes
  /** data.traceContent: whether attributes with caller content or numbers are kept. Default false. */
  readonly content?: boolean
}

type MarkName = Extract<TraceMark, { mark: 'span' }>['name']
interface Open {
  readonly name: MarkName | 'leg'
  readonly key: string
  readonly span: Span
  readonly context: Context
  readonly since: Ms
  readonly tool: string
}

/** More open spans than any sane call has; beyond it marks are dropped. */
const MAX_OPEN = 256
const propagator = new W3CTraceContextPropagator()

export class CallTrace {
  readonly traceId: string
  readonly spanId: string
  readonly #tracer: Tracer
  readonly #metrics: CallMetrics
  readonly #o: CallTraceOptions
  readonly #root: Span
  readonly #context: Context
  readonly #open = new Map<string, Open>()
  readonly #usage: UsageSum = {}
  /** The last turn that began: what a tool call belongs to, even when the turn is over. */
  #lastTurn: Context | null = null
  #ended = false

  constructor(tracer: Tracer, metrics: CallMetrics, options: CallTraceOptions) {
    this.#tracer = tracer
    this.#metrics = metrics
    this.#o = options
    const carrier = { traceparent: options.traceparent, tracestate: options.tracestate }
    const parent = propagator.extract(ROOT_CONTEXT, carrier, {
      get: (from, key) => from[key as keyof typeof carrier],
      keys: from => Object.keys(from),
    })
    const { agent, revision } = options
    const own = { operation: 'invoke_agent', agent, revision, ...options.attributes }
    this.#root = this.#span(SPAN.call, SpanKind.SERVER, parent, options.at, own)
    this.#context = trace.setSpan(parent, this.#root)
    const { traceId, spanId } = this.#root.spanContext()
    this.traceId = traceId
    this.spanId = spanId
  }

  /** A leg begins; idempotent. */
  legStart(leg: LegId, now: Ms, attributes: Attributes = {}): void {
    if (!this.#open.has(`leg ${leg}`)) this.#begin('leg', leg, now, { leg, ...attributes })
  }

  legEnd(leg: LegId, now: Ms, why: EndReason, attributes: Attributes = {}): void {
    const bad = outcomeOf(why.code) === 'success' || outcomeOf(why.code) === 'client' ? undefined : why.code
    this.#finish(`leg ${leg}`, now, { endCode: why.code, endBy: why.by, ...attributes }, bad)
  }

  /** What the call machine said. */
  mark(mark: TraceMark, now: Ms): void {
    if (this.#ended) return
    switch (mark.mark) {
      case 'span':
        return this.#begin(mark.name, mark.key, now, mark.attributes ?? {})
      case 'spanEnd':
        return this.#finish(`${mark.name} ${mark.key}`, now, mark.attributes ?? {}, mark.error)
      case 'event':
        return this.event(mark.name, now, mark.attributes)
      case 'figure':
        this.#metrics.figure(this.#o, mark.name, mark.value)
        return this.#figure(mark.name, mark.value, now)
    }
  }

  /** A moment on the call's own span. */
  event(name: string, now: Ms, attributes: Attributes = {}): void {
    const full = name.includes('.') ? name : `switchboard.${name}`
    this.#root.addEvent(full, attributesOf(attributes, this.#o.content), this.#time(now))
  }

  /** More attributes of the call's span. */
  set(attributes: Attributes): void {
    this.#root.setAttributes(attributesOf(attributes, this.#o.content))
  }

  /** What goes to the record as well: usage is summed; words, arguments and outputs are put on their spans where content is allowed. */
  record(entry: RecordEntry, now: Ms): void {
    if (this.#ended) return
    if (entry.kind === 'usage') this.usage(entry.usage)
    if (entry.kind === 'transfer') this.#metrics.transfer(this.#o, entry.by, entry.outcome)
    if (this.#o.content !== true) return
    if (entry.kind === 'tool') {
      const said = attributesOf({ args: JSON.stringify(entry.args) ?? '', output: entry.output }, true)
      this.#open.get(`tool ${entry.id}`)?.span.setAttributes(said)
    } else if (entry.kind === 'turn' && entry.text !== undefined) {
      const turn = this.#open.get(`turn ${entry.item}`)
      // a caller's transcript comes after the turn is over
      if (turn === undefined) this.event('said', now, { role: entry.role, item: entry.item, text: entry.text })
      else turn.span.setAttributes(attributesOf({ text: entry.text }, true))
    }
  }

  /** Raw usage as the provider sent it; the sum is put on the call's span. */
  usage(usage: unknown): void {
    addUsage(this.#usage, usage)
  }

  /** The `traceparent` for what goes out because of this call: a tool's request, or anything else without a tool. Null: there is no trace. */
  traceparentFor(tool?: string): string | null {
    const context = (this.#open.get(`tool ${tool}`)?.span ?? this.#root).spanContext()
    if (!isSpanContextValid(context)) return null
    const { traceId, spanId, traceFlags } = context
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  }

  /** Ends the call's span and whatever was left open. Idempotent. */
  end(why: EndReason, now: Ms): void {
    if (this.#ended) return
    const outcome = outcomeOf(why.code)
    // children first: the newest began last
    for (const [id, open] of [...this.#open].reverse()) {
      this.#finish(id, now, open.name === 'leg' ? { endCode: why.code, endBy: why.by } : {}, undefined)
    }
    this.#ended = true
    this.set({ endCode: why.code, endBy: why.by, outcome, ...usageAttributes(this.#usage) })
    if (outcome === 'server' || outcome === 'upstream') this.#fault(this.#root, why.code)
    this.#root.end(this.#time(now))
    this.#metrics.ended(this.#o, why)
  }

  #begin(name: MarkName | 'leg', key: string, now: Ms, attributes: Attributes): void {
    const id = `${name} ${key}`
    if (this.#open.has(id)) this.#finish(id, now, {}, undefined)
    if (this.#ended || this.#open.size >= MAX_OPEN) return
    const parent = this.#parentOf(name)
    const { full, kind, extra } = this.#shape(name, key, attributes)
    const span = this.#span(full, kind, parent, now, { ...extra, ...attributes })
    const context = trace.setSpan(parent, span)
    this.#open.set(id, {
      name,
      key,
      span,
      context,
      since: now,
      tool: String(attributes['tool'] ?? attributes['name'] ?? ''),
    })
    if (name === 'turn') this.#lastTurn = context
  }

  #shape(name: MarkName | 'leg', key: string, given: Attributes): { full: string; kind: SpanKind; extra: Attributes } {
    switch (name) {
      case 'tool': {
        const tool = String(given['tool'] ?? given['name'] ?? '')
        const full = tool === '' ? SPAN.tool : `${SPAN.tool} ${tool}`
        return { full, kind: SpanKind.INTERNAL, extra: { operation: 'execute_tool', tool, toolCall: key } }
      }
      case 'session':
        return { full: SPAN.session, kind: SpanKind.CLIENT, extra: this.#o.session ?? {} }
      case 'leg':
      case 'turn':
      case 'transfer':
      case 'prompt':
      default:
        return {
          full: SPAN[name],
          kind: SpanKind.INTERNAL,
          extra: name === 'leg' || name === 'transfer' ? {} : { [name === 'turn' ? 'item' : 'prompt']: key },
        }
    }
  }

  #finish(id: string, now: Ms, attributes: Attributes, error: string | undefined): void {
    const open = this.#open.get(id)
    if (open === undefined) return
    this.#open.delete(id)
    if (open.name === 'session') this.#lastTurn = null
    open.span.setAttributes(attributesOf(attributes, this.#o.content))
    if (error !== undefined) this.#fault(open.span, error)
    open.span.end(this.#time(Math.max(now, open.since)))
    if (open.name === 'tool') this.#metrics.tool(this.#o, open.tool, error ?? 'ok')
  }

  /** The oldest open session is the one in use: a successor opens beside it before it takes over. */
  #parentOf(name: MarkName | 'leg'): Context {
    const open = [...this.#open.values()]
    const leg = open.findLast(o => o.name === 'leg')?.context ?? this.#context
    const session = open.find(o => o.name === 'session')?.context ?? leg
    switch (name) {
      case 'leg':
        return this.#context
      case 'session':
      case 'transfer':
      case 'prompt':
        return leg
      case 'turn':
        return session
      case 'tool':
      default:
        return this.#lastTurn ?? session
    }
  }

  #figure(name: Extract<TraceMark, { mark: 'figure' }>['name'], value: number, now: Ms): void {
    const turn = [...this.#open.values()].findLast(o => o.name === 'turn')?.span
    if (name === 'answerMs' || name === 'mos') return this.set({ [name]: value })
    if (name === 'callMs') return
    const ofTurn = name === 'turnGapMs' || name === 'bargeInMs' || name === 'firstToolMs'
    if (ofTurn && turn !== undefined) turn.setAttribute(ATTR[name], value)
    else this.event(METRIC[FIGURE_METRIC[name]].name, now, name.endsWith('Ms') ? { ms: value } : { value })
  }

  #span(name: string, kind: SpanKind, parent: Context, now: Ms, attributes: Attributes): Span {
    const own = attributesOf({ call: this.#o.call, ...attributes }, this.#o.content)
    return this.#tracer.startSpan(name, { kind, startTime: this.#time(now), attributes: own }, parent)
  }

  #fault(span: Span, code: string): void {
    span.setAttribute(ATTR.error, code)
    span.setStatus({ code: SpanStatusCode.ERROR, message: code })
  }

  /** Seconds and nanoseconds since the epoch. */
  #time(now: Ms): [number, number] {
    const us = Math.round((this.#o.startedAt + now - this.#o.at) * 1000)
    const seconds = Math.floor(us / 1e6)
    return [seconds, (us - seconds * 1e6) * 1000]
  }
}
