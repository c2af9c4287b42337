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
    const why = whyNot(destination, trunk, namespace, labels) ?? unreached(agent, key, trunk, trunkOf)
    if (why === null) return []
    const [field, words] = why
    return [{ path: [...at, ...field], error: notDialled(words) }]
  })
}

/** What no caller of the agent can be handed over by. An agent whose callers come in other ways as well has the destination for those. */
function unreached(
  agent: VoiceAgent,
  key: string,
  trunk: SipTrunk,
  trunkOf: (key: string) => SipTrunk | undefined,
): Why | null {
  const over = (agent.spec.inbound ?? []).map(way => trunkKeyOf(way.trunkRef, agent.metadata.namespace))
  if (over.length === 0 || over.includes(key)) return null
  const at = ['trunkRef', 'name']
  if (trunk.spec.mediaStream !== undefined)
    return [at, `SipTrunk ${key} over MediaStream hands over callers of its own only, and this agent has none there`]
  const streams = over.every(each => trunkOf(each)?.spec.ingress === 'MediaStream')
  return streams
    ? [at, `callers over MediaStream cannot be joined with a second leg over SipTrunk ${key}: name their own trunk`]
    : null
}

type Why = readonly [field: readonly string[], words: string]

function whyNot(
  destination: Destination,
  trunk: SipTrunk,
  namespace: string,
  labels: Readonly<Record<string, string>> | undefined,
): Why | null {
  const key = keyOf(trunk)
  const { outbound, sip, mediaStream } = trunk.spec
  const field = mediaStream === undefined ? 'sip' : 'mediaStream'
  if (outbound === undefined || (sip ?? mediaStream ?? { transfer: 'None' }).transfer === 'None')
    return [['trunkRef', 'name'], `SipTrunk ${key} hands no calls over: it has no spec.${field}.transfer`]
  if (!mayDialOut(trunk, namespace, labels))
    return [['trunkRef', 'name'], `SipTrunk ${key} does not let namespace "${namespace}" call out`]
  const to = ['to', destination.to.number === undefined ? 'uri' : 'number']
  if (mediaStream !== undefined && destination.to.number === undefined)
    return [to, `is a SIP address, and SipTrunk ${key} over MediaStream calls E.164 numbers only`]
  const refusal = dialRefusal(destination.to, { ...outbound, host: sip?.outbound?.host })
  if (refusal === null) return null
  return [
    to,
    {
      emergency: 'is an emergency number: no agent may dial it',
      premium: 'is a premium-rate or satellite number: no agent may dial it',
      prefix: `does not begin as SipTrunk ${key} allows: ${outbound.allowedPrefixes.join(', ')}`,
      host: `is no number, and not at the host that SipTrunk ${key} calls out through`,
    }[refusal],
  ]
}
