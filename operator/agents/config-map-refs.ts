/** Which ConfigMaps an agent takes its words and recordings from. */
import type { AgentSpec } from './observed.ts'

/** Names, each once, in order. */
export function configMapsOf(spec: AgentSpec): string[] {
  const names = new Set<string>()
  const { model: _model, tools: _tools, ...rest } = spec
  visit(rest, names)
  return [...names].toSorted()
}

/** Model and tools are left out: vendor fields and JSON Schemas may look like anything. */
function visit(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  if ('configMapKeyRef' in value) {
    const { name } = value.configMapKeyRef as { name: string }
    names.add(name)
  }
  for (const member of Object.values(value)) visit(member, names)
}
