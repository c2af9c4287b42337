/** From the API's words to what the executor takes: units resolved, schemas kept as the objects they are, so that they compile once. */
import type { Behaviour } from '#crds/behaviour.ts'
import { durationMs } from '#crds/duration.ts'
import type { HttpToolDeclaration } from './tool.ts'

export function httpToolsOf(tools: Behaviour['tools']): HttpToolDeclaration[] {
  return (tools ?? []).map(({ name, parameters, effect, http }) => ({
    name,
    parameters,
    effect,
    http: { url: http.url, method: http.method, timeoutMs: durationMs(http.timeout), headers: http.headers ?? [] },
  }))
}
