/** The ways out to an agent's destinations, as a worker is told of them. */
import { mayDialOut, trunkKeyOf } from '#crds/check-destinations.ts'
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { VoiceAgent } from '#crds/voice-agent.ts'
import type { RevisionRequest } from '#runtime/contract/revision.ts'
import { trunkBody } from './trunk-body.ts'

export type Outbound = NonNullable<RevisionRequest['outbound']>

/**
 * By trunk, each once; a trunk that does not let the namespace call out is left out. A credential is not told: it lies in the trunk's namespace, where
 * no worker can read it.
 */
export function outboundOf(
  destinations: VoiceAgent['spec']['destinations'],
  namespace: string,
  trunkOf: (key: string) => SipTrunk | null,
  labels: Readonly<Record<string, string>> | undefined,
): Outbound {
  const keys = new Set((destinations ?? []).map(({ trunkRef }) => trunkKeyOf(trunkRef, namespace)))
  return [...keys].toSorted().flatMap(key => {
    const trunk = trunkOf(key)
    const { outbound, sip } = trunk?.spec ?? {}
    const body = trunk && trunkBody(trunk)
    if (!trunk || !body || !outbound || !sip || !mayDialOut(trunk, namespace, labels)) return []
    const { callerIds, allowedPrefixes } = outbound
    return {
      trunk: body,
      transfer: sip.transfer,
      ...(sip.outbound && {
        proxy: { host: sip.outbound.host, port: sip.outbound.port, transport: sip.outbound.transport },
      }),
      callerIds,
      allowedPrefixes,
    }
  })
}
