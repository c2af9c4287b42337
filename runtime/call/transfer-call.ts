/** `transfer_call`, the tool by which the agent hands the caller over: its last words are played first. */
import { goodbye } from './end-call.ts'
import type { CallPolicy } from './policy.ts'
import type { ToolDeclaration } from './ports.ts'
import type { Step } from './state.ts'
import { destinationOf } from './transfer.ts'

export const TRANSFER_CALL = 'transfer_call'

/** What the model is offered when `callControl.transfer` names somebody who can be reached in this call. */
export function transferCallTool(policy: CallPolicy): ToolDeclaration | null {
  const names = policy.transfer?.to ?? []
  const known = (policy.destinations ?? []).filter(each => names.includes(each.name))
  if (known.length === 0) return null
  const described = known.flatMap(({ name, description }) =>
    description === undefined ? [] : `${name}: ${description}`,
  )
  const list = described.length === 0 ? '' : ` ${described.join('. ')}.`
  return {
    name: TRANSFER_CALL,
    description: `Hands the phone call over to a person. Tell the caller so first, in the same turn. If nobody can be reached you are told why, and the caller is with you again.${list}`,
    parameters: {
      type: 'object',
      properties: { destination: { type: 'string', enum: known.map(each => each.name) } },
      required: ['destination'],
      additionalProperties: false,
    },
  }
}

/** Null: it was begun. Else what is wrong with the call, for the model. */
export function transferCall(s: Step, id: string, args: Record<string, unknown> | null): string | null {
  const { call } = s
  const name = args?.['destination']
  const names = call.policy.transfer?.to ?? []
  if (typeof name !== 'string' || !names.includes(name) || destinationOf(call, name) === undefined)
    return `There is no such destination. Choose one of: ${names.join(', ')}.`
  if (call.goodbye !== null) return 'The call is already being handed over or ended.'
  goodbye(s, id, name)
  return null
}
