/** A new VoiceAgentRevision: complete, so that it can be served long after its ConfigMaps have changed. */
import { SCHEMA_VERSION } from '#crds/behaviour.ts'
import { API_VERSION, GROUP, VERSION } from '#crds/object.ts'
import type { Resolution } from '#crds/resolve.ts'
import type { Applied } from '#kube/client/client.ts'
import type { Resource } from '#kube/resource.ts'
import { AGENT_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from '#operator/fleets/names.ts'
import { type ObservedAgent, type ObservedRevision, STABLE_ANNOTATION } from './observed.ts'
import { type AgentProblem, stalling } from './problem.ts'

const ours = (plural: string, kind: string): Resource => ({
  group: GROUP,
  version: VERSION,
  plural,
  kind,
  namespaced: true,
})
export const AGENTS = ours('voiceagents', 'VoiceAgent')

export type Resolved = Extract<Resolution, { ok: true }>

/** etcd takes 1.5 MiB in one request; the API server and managed fields add to what we send. */
const MOST_BYTES = 1_400_000

/** @param replicas pods that are made at once */
export function revisionObject(
  agent: ObservedAgent,
  name: string,
  { content, hash, clips }: Resolved,
  replicas: number,
) {
  const sounds = Object.fromEntries(
    [...clips].map(([digest, { format, audio }]) => [
      digest,
      { ...format, audio: Buffer.from(audio).toString('base64') },
    ]),
  )
  return {
    metadata: {
      namespace: agent.namespace,
      name,
      labels: { [AGENT_LABEL]: agent.name, [MANAGED_BY_LABEL]: MANAGED_BY },
      ownerReferences: [ownerOf(agent)],
    },
    spec: {
      agentRef: { name: agent.name },
      replicas,
      snapshot: { schemaVersion: SCHEMA_VERSION, hash, content, ...(clips.size > 0 && { clips: sounds }) },
    },
  }
}

export function ownerOf({ name, uid }: Pick<ObservedAgent, 'name' | 'uid'>) {
  return { apiVersion: API_VERSION, kind: AGENTS.kind, name, uid, controller: true, blockOwnerDeletion: true }
}

export function bytesOf(object: object): number {
  return Buffer.byteLength(JSON.stringify(object))
}

/** Whether a revision is too large to be kept. */
export function problemOfSize(bytes: number): AgentProblem | null {
  if (bytes <= MOST_BYTES) return null
  const mb = (bytes / 1e6).toFixed(1)
  return stalling(
    'RevisionTooLarge',
    `its instructions, tools and recordings take ${mb} MB, and 1.4 MB can be kept: record as G.711 (.ulaw or .alaw, 8 kB a second), or less`,
  )
}

/** All that is applied to a revision after its create, in one: what an apply leaves out is taken off. */
export function revisionMarks(
  agent: Pick<ObservedAgent, 'name' | 'uid'>,
  { namespace, name, uid }: Pick<ObservedRevision, 'namespace' | 'name' | 'uid'>,
  stableSince: string | null,
): Applied {
  return {
    metadata: {
      namespace,
      name,
      uid,
      annotations: stableSince === null ? {} : { [STABLE_ANNOTATION]: stableSince },
      ownerReferences: [ownerOf(agent)],
    },
  }
}
