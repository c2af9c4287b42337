/** The tools that the model is offered: those of the agent, and those by which it acts on the call. */
import { endCallTool } from './end-call.ts'
import type { CallPolicy } from './policy.ts'
import type { ToolDeclaration } from './ports.ts'
import { transferCallTool } from './transfer-call.ts'

export function toolsOf(policy: CallPolicy): readonly ToolDeclaration[] {
  const transfer = transferCallTool(policy)
  return [...policy.tools, ...(policy.endCall.enabled ? [endCallTool] : []), ...(transfer === null ? [] : [transfer])]
}
