/** A pod to create, and the marks that are put on it with the answer. */
import { API_VERSION } from '#crds/object.ts'
import type { Applied } from '#kube/client/client.ts'
import { BIRTH_ANNOTATION, DO_NOT_DISRUPT, SAFE_TO_EVICT, SEAL_ANNOTATION } from './names.ts'
import type { PodRef } from './observed-pod.ts'
import { DISPOSABLE_VOLUMES, type PodTemplate } from './pod-template.ts'
import type { Seals } from './seal.ts'

export function workerPod(name: string, template: PodTemplate, seals: Seals) {
  const { order, labels, spec, hash } = template
  const { namespace, name: agent } = order.agent
  const birth = { agent, revision: order.revision.name, revisionUid: order.revision.uid, template: hash }
  return {
    metadata: {
      namespace,
      name,
      labels,
      annotations: { [BIRTH_ANNOTATION]: seals.birthOf(namespace, name, birth), ...DISPOSABLE_VOLUMES },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'VoiceAgentRevision',
          name: order.revision.name,
          uid: order.revision.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec,
  }
}

/**
 * Everything that we apply to a pod after its create, in one: what an apply leaves out is taken off.
 *
 * @param safe whether autoscalers may remove its node
 */
export function podMarks(
  { namespace, name, uid }: Omit<PodRef, 'resourceVersion'>,
  seal: string,
  safe: boolean,
): Applied {
  return {
    metadata: {
      namespace,
      name,
      uid,
      annotations: { [SEAL_ANNOTATION]: seal, [SAFE_TO_EVICT]: String(safe), [DO_NOT_DISRUPT]: String(!safe) },
    },
  }
}
