/** Whether an agent's destinations can be reached: the trunk is there, lets the namespace dial out, and dials this number. Pure. */
import type { SwitchboardError } from '#errors/registry.ts'
import { dialRefusal } from './dialled-number.ts'
import { missingTrunk, notDialled } from './errors.ts'
import { selects } from './label-selector.ts'
import { keyOf } from './object.ts'
import type { SipTrunk } from './sip-trunk.ts'
import type { VoiceAgent } from './voice-agent.ts'

type Destination = NonNullable<VoiceAgent['spec']['destinations']>[number]

export interface DestinationProblem {
  readonly path: readonly (string | number)[]
  readonly error: SwitchboardError
}

/** `namespace/name` of the trunk that a destination is called over. */
export function trunkKeyOf(ref: Destination['trunkRef'], namespace: string): string {
  return `${ref.namespace ?? namespace}/${ref.name}`
}

/** Whether agents of a namespace may call out over a trunk. Every namespace has its name for a label. */
export function mayDialOut(trunk: SipTrunk, namespace: string, labels: Readonly<Record<string, string>> = {}): boolean {
  const { outbound } = trunk.spec
  if (outbound === undefined) return false
  if (outbound.namespaces === undefined) return trunk.metadata.namespace === namespace
  return selects(outbound.namespaces, { ...labels, 'kubernetes.io/metadata.name': namespace })
}

/** @param labels of the agent's namespace; undefined: not known, and then only a name can select it */
export function destinationProblems(
  agent: VoiceAgent,
  trunkOf: (key: string) => SipTrunk | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): DestinationProblem[] {
  const { namespace } = agent.metadata
  return (agent.spec.destinations ?? []).flatMap((destination, i): DestinationProblem[] => {
    const at = ['spec', 'destinations', i]
    const key = trunkKeyOf(destination.trunkRef, namespace)
    const trunk = trunkOf(key)
    if (trunk === undefined) return [{ path: [...at, 'trunkRef', 'name'], error: missingTrunk(key) }]
    const why = whyNot(destination, trunk, namespace, labels)
    if (why === null) return []
    const [field, words] = why
    return [{ path: [...at, ...field], error: notDialled(words) }]
  })
}

type Why = readonly [field: readonly string[], words: string]

function whyNot(
  destination: Destination,
  trunk: SipTrunk,
  namespace: string,
  labels: Readonly<Record<string, string>> | undefined,
): Why | null {
  const key = keyOf(trunk)
  const { outbound, sip } = trunk.spec
  if (outbound === undefined || sip === undefined || sip.transfer === 'None')
    return [['trunkRef', 'name'], `SipTrunk ${key} hands no calls over: it has no spec.sip.transfer`]
  if (!mayDialOut(trunk, namespace, labels))
    return [['trunkRef', 'name'], `SipTrunk ${key} does not let namespace "${namespace}" call out`]
  const refusal = dialRefusal(destination.to, { ...outbound, host: sip.outbound?.host })
  if (refusal === null) return null
  const field = ['to', destination.to.number === undefined ? 'uri' : 'number']
  return [
    field,
    {
      emergency: 'is an emergency number: no agent may dial it',
      premium: 'is a premium-rate or satellite number: no agent may dial it',
      prefix: `does not begin as SipTrunk ${key} allows: ${outbound.allowedPrefixes.join(', ')}`,
      host: `is no number, and not at the host that SipTrunk ${key} calls out through`,
    }[refusal],
  ]
}
