/** Tools: checked as far as flow goes, started with a deadline, answered to the model; one response when all of a response's outputs are in. */
import { sessionDo } from './command.ts'
import { goodbye, stay } from './end-call.ts'
import { toolArguments, toolCrowd, toolTimeout, toolUnknown, toolWithdrawn } from './errors.ts'
import { remember } from './history.ts'
import { isDead } from './items.ts'
import type { SessionEvent } from './ports.ts'
import { figure, span } from './record.ts'
import { ask } from './responses.ts'
import { outputSent } from './seen.ts'
import { tell } from './sessions.ts'
import type { CallState, Step } from './state.ts'
import type { ToolRun } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'
import { recordTool, type ToolOutcome } from './tool-runs.ts'
import { TRANSFER_CALL, transferCall } from './transfer-call.ts'

const MAX_RUNS = 16
/** How much of an output a later session is told. */
const TOLD_CHARS = 1000

export function onToolCall(s: Step, e: Extract<SessionEvent, { type: 'toolCall' }>): void {
  const { call, now } = s
  if (call.phase !== 'live' || runOf(call, e.call) !== undefined) return
  if (isDead(call, e.response)) return withdraw(s, e)
  call.owed = null
  if (call.toolFrom !== null) figure(s, 'firstToolMs', now - call.toolFrom)
  call.toolFrom = null
  if (e.name === 'end_call' && call.policy.endCall.enabled) return goodbye(s, e.call)
  const args = parse(e.args)
  const wrong = e.name === TRANSFER_CALL && call.policy.transfer ? transferCall(s, e.call, args) : undefined
  if (wrong === null) return
  const tool = call.policy.tools.find(t => t.name === e.name)
  const run: ToolRun = {
    id: e.call,
    name: e.name,
    effect: tool?.effect ?? 'Read',
    session: call.sessions.main?.n ?? 0,
    response: e.response,
    args: args ?? null,
    startedAt: now,
    deadline: now + (tool?.timeoutMs ?? 0),
    state: 'running',
  }
  span(s, 'tool', e.call, { name: e.name })
  if (wrong !== undefined) return refuse(s, run, toolArguments.code, wrong)
  if (tool === undefined) return refuse(s, run, toolUnknown.code, `There is no tool named ${e.name}.`)
  if (args === null) return refuse(s, run, toolArguments.code, 'The arguments are not a JSON object.')
  if (call.tools.length >= MAX_RUNS)
    return refuse(s, run, toolCrowd.code, 'Too many tools are running. Wait for their answers.')
  call.tools.push(run)
  s.out.push({ do: 'tool', id: e.call, name: e.name, args, deadline: run.deadline, speculative: false })
  settleToolTimer(s)
}

/** The caller interrupted before the call was made: it may not be wanted any more. */
function withdraw(s: Step, e: Extract<SessionEvent, { type: 'toolCall' }>): void {
  span(s, 'tool', e.call, { name: e.name })
  const output =
    'The caller interrupted before this was called: it was not called. Call it again if it is still wanted.'
  const run = { id: e.call, name: e.name, args: parse(e.args), startedAt: s.now }
  recordTool(s, run, { ok: false, output, code: toolWithdrawn.code })
  sessionDo(s, { do: 'toolResult', call: e.call, output: JSON.stringify({ error: output }) })
}

function parse(args: string): Record<string, unknown> | null {
  if (args.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(args)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function refuse(s: Step, run: ToolRun, code: string, output: string): void {
  recordTool(s, run, { ok: false, output, code })
  answer(s, run, JSON.stringify({ error: output }))
}

const runOf = (call: CallState, id: string): ToolRun | undefined => call.tools.find(t => t.id === id)

function drop(call: CallState, run: ToolRun): void {
  call.tools = call.tools.filter(t => t !== run)
}

/** A tool has answered, in time or late. */
export function onToolResult(s: Step, id: string, result: ToolOutcome): void {
  const { call } = s
  const run = runOf(call, id)
  if (run === undefined) return
  drop(call, run)
  settleToolTimer(s)
  if (run.state === 'late') {
    // The executor's own report of the time-out is no news.
    if (!result.ok) return
    recordTool(s, run, { ...result, late: true })
    return note(s, run, result.output)
  }
  recordTool(s, run, result)
  if (run.state === 'void') return note(s, run, result.output)
  answer(s, run, result.output)
}

/** Deadlines that have come: the model is told, the tool may go on. */
export function onToolDeadline(s: Step): void {
  for (const run of s.call.tools) {
    if (run.state !== 'running' || run.deadline > s.now) continue
    run.state = 'late'
    const output = 'The tool did not answer in time. It is not known whether it took effect.'
    recordTool(s, run, { ok: false, output, code: toolTimeout.code })
    answer(s, run, JSON.stringify({ error: output }))
  }
  settleToolTimer(s)
}

/** The provider withdrew a call: a Read stops, a Write goes on and is told when it is done. */
export function onToolCancelled(s: Step, id: string): void {
  if (s.call.goodbye?.call === id) return stay(s)
  const run = runOf(s.call, id)
  if (run === undefined || run.state !== 'running') return
  run.state = 'void'
  settleToolTimer(s)
  if (run.effect === 'Write') return settleBatch(s, run.response)
  drop(s.call, run)
  s.out.push({ do: 'cancelTool', id })
  recordTool(s, run, { ok: false, output: '', code: toolWithdrawn.code })
  settleBatch(s, run.response)
}

/** An output goes to the session that asked; another one learns it as text. */
function answer(s: Step, run: ToolRun, output: string): void {
  const { call } = s
  remember(call, 'system', null, `The tool ${run.name} answered: ${output.slice(0, TOLD_CHARS)}`)
  if (call.phase !== 'live') return
  if (call.sessions.main?.n === run.session) {
    if (sessionDo(s, { do: 'toolResult', call: run.id, output })) outputSent(s, run.id)
    return settleBatch(s, run.response, true)
  }
  tell(s, 'system', `The tool ${run.name}, called before, answered: ${output}`)
  if (call.sessions.main === undefined) call.respondAfterReopen = true
  else ask(s, { why: 'tool' })
}

/** An answer that the model does not wait for. It is told, and not made to speak. */
function note(s: Step, run: ToolRun, output: string): void {
  const text = `The tool ${run.name}, called before, has answered after all: ${output.slice(0, TOLD_CHARS)}`
  remember(s.call, 'system', null, text)
  if (s.call.phase === 'live') tell(s, 'system', text)
}

/** When a response is closed and all its outputs are in, one response is asked for. */
export function settleBatch(s: Step, response: string, answered = false): void {
  const { call } = s
  if (answered && !call.batches.includes(response)) call.batches.push(response)
  if (call.phase !== 'live' || !call.batches.includes(response) || call.response?.id === response) return
  if (call.tools.some(t => t.response === response && t.state === 'running')) return
  call.batches = call.batches.filter(b => b !== response)
  ask(s, { why: 'tool' })
}

function settleToolTimer(s: Step): void {
  const deadlines = s.call.tools.filter(t => t.state === 'running').map(t => t.deadline)
  if (deadlines.length === 0) clearTimer(s.call, 'tools')
  else setTimer(s.call, 'tools', Math.min(...deadlines))
}
