/** The tools of a revision, ready to be run over HTTP. */
import { durationMs } from '#crds/duration.ts'
import { createToolRunner } from '#runtime/tools/execute.ts'
import type { HttpToolDeclaration } from '#runtime/tools/tool.ts'
import type { ServedRevision } from './agent-directory.ts'
import type { ToolRunner } from './tool-runs.ts'

/** Once per revision: compiled schemas hang on the declarations. */
const declared = new WeakMap<ServedRevision, readonly HttpToolDeclaration[]>()

/** `traceparent`: of the span of a tool call, by the call's id. */
export function toolRunnerOf(revision: ServedRevision, traceparent: (toolCall: string) => string | null): ToolRunner {
  let tools = declared.get(revision)
  if (!tools) {
    tools = (revision.behaviour.tools ?? []).map(({ name, parameters, effect, http }) => ({
      name,
      parameters,
      effect,
      http: { url: http.url, method: http.method, timeoutMs: durationMs(http.timeout), headers: http.headers ?? [] },
    }))
    declared.set(revision, tools)
  }
  return createToolRunner(tools, { traceparent: toolCall => traceparent(toolCall) ?? undefined })
}
