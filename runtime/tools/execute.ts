/** Runs HTTP tools. Whatever a tool does, the result is words for the model and a code; nothing rejects. */

import { SwitchboardError } from '#errors/registry.ts'
import type { Ms } from '#runtime/media/format.ts'
import { answerOf, MAX_ANSWER } from './answer.ts'
import { checkArguments } from './arguments.ts'
import {
  toolCancelled,
  toolFault,
  toolTimeout,
  toolTimeoutUncertain,
  toolUncertain,
  toolUnknown,
  toolUnreachable,
} from './errors.ts'
import { requestOf } from './request.ts'
import type { HttpToolDeclaration, ToolResult } from './tool.ts'

export interface ToolOptions {
  /** The result is no longer wanted. */
  readonly signal?: AbortSignal
  /** What is left until the call's own deadline; the tool's timeout applies as well. */
  readonly timeoutMs?: Ms
  /** W3C trace context of the tool's span. */
  readonly traceparent?: string
  /** Longest answer, in bytes. */
  readonly maxBytes?: number
  readonly fetch?: typeof globalThis.fetch
}

/** Failures of a connection, after which a Read is tried a second time. A refused certificate is not among them. */
const CONNECTION = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** Failures before anything was sent, certificates among them: a Write has certainly not happened. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_(TLS|SSL)_.*|.*CERT.*)$/

/**
 * Calls a tool once; a Read whose connection fails is tried once more, within the same time.
 * `output` of a failure is `{"error":{"code","message"}}`, with a message a model can act on.
 */
export async function executeTool(
  tool: HttpToolDeclaration,
  args: unknown,
  options: ToolOptions = {},
): Promise<ToolResult> {
  const deadline = new AbortController()
  const timer = setTimeout(
    () => deadline.abort(),
    Math.max(0, Math.min(tool.http.timeoutMs, options.timeoutMs ?? Infinity)),
  )
  const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([options.signal, deadline.signal])
  try {
    const { url, init } = requestOf(tool, checkArguments(tool.parameters, args), options.traceparent)
    const fetch = options.fetch ?? globalThis.fetch
    const ask = async (): Promise<ToolResult> => {
      const response = await fetch(url, { ...init, redirect: 'manual', signal })
      return await answerOf(response, options.maxBytes ?? MAX_ANSWER)
    }
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      if (tool.effect === 'Write' || signal.aborted || !CONNECTION.has(connectionCode(error))) throw error
      return await ask()
    }
  } catch (error) {
    return failed(errorOf(error, tool.effect, options.signal?.aborted === true, deadline.signal.aborted))
  } finally {
    clearTimeout(timer)
  }
}

/** A runner for all tools of a revision, in the shape that the worker runs: by name, with what is left of the call's time. */
export function createToolRunner(
  tools: readonly HttpToolDeclaration[],
  options: Pick<ToolOptions, 'fetch' | 'maxBytes'> & {
    readonly traceparent?: (toolCall: string) => string | undefined
  } = {},
): (request: { id: string; name: string; args: unknown }, timeoutMs: Ms, signal: AbortSignal) => Promise<ToolResult> {
  const byName = new Map(tools.map(tool => [tool.name, tool]))
  const { traceparent: traceparentOf, ...rest } = options
  return (request, timeoutMs, signal) => {
    const tool = byName.get(request.name)
    if (tool === undefined) return Promise.resolve(failed(toolUnknown()))
    const traceparent = traceparentOf?.(request.id)
    return executeTool(tool, request.args, {
      ...rest,
      timeoutMs,
      signal,
      ...(traceparent === undefined ? {} : { traceparent }),
    })
  }
}

function failed({ code, message }: SwitchboardError): ToolResult {
  return { ok: false, output: JSON.stringify({ error: { code, message } }), code }
}

function errorOf(error: unknown, effect: 'Read' | 'Write', cancelled: boolean, late: boolean): SwitchboardError {
  if (cancelled) return toolCancelled()
  if (late) return effect === 'Write' ? toolTimeoutUncertain() : toolTimeout()
  if (error instanceof SwitchboardError) return error
  const code = connectionCode(error)
  if (code === '') return toolFault()
  return effect === 'Write' && !NOT_SENT.test(code) ? toolUncertain() : toolUnreachable()
}

/** The system's or undici's code of what lies under a failed fetch; empty when it did not come from the network. */
function connectionCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof AggregateError) return connectionCode(at.errors[0])
    const { code } = at as NodeJS.ErrnoException
    if (typeof code === 'string') return code
  }
  return ''
}
