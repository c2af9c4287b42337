/** What of a tool call is written down, and how all of them end with the call. */
import { toolCut } from './errors.ts'
import { record, spanEnd } from './record.ts'
import type { Step } from './state.ts'
import type { ToolRun } from './state-parts.ts'

export interface ToolOutcome {
  readonly ok: boolean
  readonly output: string
  readonly code?: string
  readonly display?: string
  readonly late?: boolean
}

export function recordTool(
  s: Step,
  run: Pick<ToolRun, 'id' | 'name' | 'args' | 'startedAt'>,
  result: ToolOutcome,
): void {
  record(s, { kind: 'tool', id: run.id, name: run.name, args: run.args, ms: s.now - run.startedAt, ...result })
  if (result.late !== true) spanEnd(s, 'tool', run.id, { ok: result.ok }, result.code)
}

/** The call is over: no result is wanted any more. That a tool was cut is written down, for a Write may have taken effect. */
export function cutTools(s: Step): void {
  for (const run of s.call.tools) {
    s.out.push({ do: 'cancelTool', id: run.id })
    if (run.state !== 'late') recordTool(s, run, { ok: false, output: '', code: toolCut.code })
  }
  s.call.tools = []
}
