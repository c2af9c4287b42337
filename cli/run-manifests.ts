/** From checked manifests to what a worker serves. */

import { mayDialOut, trunkKeyOf } from '#crds/check-destinations.ts'
import { sourcesOf } from '#crds/check-references.ts'
import { type Claims, decideClaims } from '#crds/claims.ts'
import type { Clip } from '#crds/clip.ts'
import { secretValue } from '#crds/core-objects.ts'
import { durationMs } from '#crds/duration.ts'
import type { Candidate } from '#crds/models.ts'
import { keyOf } from '#crds/object.ts'
import { PROVIDERS } from '#crds/providers.ts'
import type { Manifests } from '#crds/read-manifests.ts'
import { resolve } from '#crds/resolve.ts'
import type { DialPlan, SipTrunk } from '#crds/sip-trunk.ts'
import { trunkAccess } from '#crds/trunk-access.ts'
import type { VoiceAgent } from '#crds/voice-agent.ts'
import type { Credentials as DigestCredentials } from '#runtime/sip/digest.ts'
import type { RouteEntry, ServedRevision, TrunkEntry } from '#runtime/worker/agent-directory.ts'
import { policyOf } from '#runtime/worker/behaviour-to-policy.ts'
import type { WayOut } from '#runtime/worker/ways-out.ts'

export interface Served {
  readonly revision: ServedRevision
  readonly routes: readonly RouteEntry[]
  readonly clips: ReadonlyMap<string, Clip>
  readonly drainDeadlineMs: number
}

/** What every carrier's WebSocket carries. */
const MEDIA_STREAM: { codecs: ['PCMU']; headers?: string[]; dialPlan?: DialPlan } = { codecs: ['PCMU'] }

/** Every sound agent, with the numbers it may answer. Manifests must have no errors. */
export function servedBy(manifests: Manifests): Served[] {
  const claims: Claims = decideClaims(manifests)
  const trunks = new Map<SipTrunk, TrunkEntry>()
  const entryOf = (trunk: SipTrunk): TrunkEntry => {
    const { codecs, headers, dialPlan } = trunk.spec.sip ?? MEDIA_STREAM
    const entry = trunks.get(trunk) ?? {
      key: keyOf(trunk),
      access: trunkAccess(trunk),
      laws: codecs,
      ...(headers && { headers }),
      ...(dialPlan && { dialPlan }),
    }
    trunks.set(trunk, entry)
    return entry
  }
  const routes = [...claims.routes.values()].flat()
  const sources = sourcesOf(manifests)
  return manifests.agents.flatMap(agent => {
    const resolved = resolve(agent, sources)
    if (!resolved.ok) return []
    return {
      revision: {
        agent: keyOf(agent),
        name: `${agent.metadata.name}-1`,
        behaviour: resolved.content,
        policy: policyOf(resolved.content, resolved.drain.end),
        waysOut: waysOutOf(agent, manifests, entryOf),
      },
      routes: routes
        .filter(route => route.agent === agent)
        .map(({ trunk, span, inbound }) => {
          const variables = agent.spec.inbound?.find(way => way.name === inbound)?.variables
          return { trunk: entryOf(trunk), span, ...(variables && { variables }) }
        }),
      clips: resolved.clips,
      drainDeadlineMs: durationMs(resolved.drain.deadline),
    }
  })
}

/** The trunks that its destinations are called over. */
function waysOutOf(agent: VoiceAgent, manifests: Manifests, entryOf: (trunk: SipTrunk) => TrunkEntry): WayOut[] {
  const { namespace } = agent.metadata
  const labels = manifests.namespaces.find(each => each.metadata.name === namespace)?.metadata.labels
  const keys = new Set((agent.spec.destinations ?? []).map(({ trunkRef }) => trunkKeyOf(trunkRef, namespace)))
  return manifests.trunks
    .filter(trunk => keys.has(keyOf(trunk)) && mayDialOut(trunk, namespace, labels))
    .flatMap(trunk => {
      const { outbound, sip, mediaStream } = trunk.spec
      const transfer = sip?.transfer ?? mediaStream?.transfer
      if (outbound === undefined || transfer === undefined) return []
      const { credentialsRef, ...proxy } = sip?.outbound ?? {}
      return {
        trunk: entryOf(trunk),
        transfer,
        ...(sip?.outbound && {
          proxy: {
            ...sip.outbound,
            ...proxy,
            ...(credentialsRef && { credentials: `${trunk.metadata.namespace}/${credentialsRef.name}` }),
          },
        }),
        callerIds: outbound.callerIds,
        allowedPrefixes: outbound.allowedPrefixes,
      }
    })
}

/** What the Secret of a trunk holds, if it is among the manifests. */
export function trunkCredentialsOf(manifests: Manifests): (secret: string) => DigestCredentials | undefined {
  return name => {
    const secret = manifests.secrets.find(object => keyOf(object) === name)
    const username = secret && secretValue(secret, 'username')
    const password = secret && secretValue(secret, 'password')
    return username === undefined || password === undefined ? undefined : { username, password }
  }
}

export interface Credentials {
  of(revision: ServedRevision, candidate: Candidate): string | undefined
  /** Why there is none, in words. */
  missing(revision: ServedRevision, candidate: Candidate): string
}

/** The Secret that the agent names, if it is among the manifests; else the provider's usual variable. */
export function credentialsOf(manifests: Manifests, env: Readonly<Record<string, string | undefined>>): Credentials {
  const secretOf = (revision: ServedRevision, { credentialsRef: ref }: Candidate) => {
    const [namespace] = revision.agent.split('/')
    const secret = ref && manifests.secrets.find(object => keyOf(object) === `${namespace}/${ref.name}`)
    return ref && secret ? secretValue(secret, ref.key) : undefined
  }
  return {
    of: (revision, candidate) =>
      secretOf(revision, candidate)?.trim() || env[PROVIDERS[candidate.provider].variable] || undefined,
    missing: (revision, { credentialsRef: ref, provider }) => {
      const [namespace] = revision.agent.split('/')
      const variable = `${PROVIDERS[provider].variable} is not set`
      return ref ? `Secret ${namespace}/${ref.name} is not among the manifests and ${variable}` : variable
    },
  }
}
