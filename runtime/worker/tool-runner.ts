import type { ServedRevision } from './agent-directory.ts'
import type { ToolRunner } from './tool-runs.ts'

export function toolRunnerOf(_revision: ServedRevision, _traceparent: (tool: string) => string | null): ToolRunner {
  return () => Promise.resolve({ ok: false, output: 'Tools cannot be reached.', code: 'SB_TOOL_FAULT' })
}
