/** What stands around the pods: a budget per agent; an identity without rights, keys and a network policy per namespace. */
import { API_VERSION } from '#crds/object.ts'
import {
  AGENT_LABEL,
  COMPONENT_LABEL,
  KEYS_CONFIG_MAP,
  KEYS_FILE,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  REPLICAS_ANNOTATION,
  WORKER_COMPONENT,
  WORKER_SERVICE_ACCOUNT,
} from './names.ts'

const NEVER_REACHED = 1_000_000

const ours = { [MANAGED_BY_LABEL]: MANAGED_BY }
export const WORKERS = { ...ours, [COMPONENT_LABEL]: WORKER_COMPONENT }

/**
 * Holds every eviction back: a pod goes when we have emptied it. `replicas` is the sum of `spec.replicas` as it is stored: the disruption
 * controller does not watch it, and looks again when the budget itself changes.
 */
export function disruptionBudget(
  agent: { readonly namespace: string; readonly name: string; readonly uid: string },
  replicas: number,
) {
  const { namespace, name, uid } = agent
  return {
    metadata: {
      namespace,
      name,
      labels: { ...ours, [AGENT_LABEL]: name },
      annotations: { [REPLICAS_ANNOTATION]: String(replicas) },
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'VoiceAgent', name, uid, controller: true }],
    },
    spec: {
      // A number, and one that is never reached: Kubernetes compares it with what it last counted. With all pods wanted, and a count from before a
      // node was lost or the API server gone, it lets go of every pod that is not Ready now.
      minAvailable: NEVER_REACHED,
      // A pod that is not Ready may carry calls all the same.
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
      selector: { matchLabels: { ...WORKERS, [AGENT_LABEL]: name } },
    },
  }
}

export function workerServiceAccount(namespace: string) {
  return {
    metadata: { namespace, name: WORKER_SERVICE_ACCOUNT, labels: ours },
    automountServiceAccountToken: false,
  }
}

/** @param keys a JWKS (RFC 7517) of public keys; mounts follow a change of it, so keys can be changed without a new pod */
export function workerKeys(namespace: string, keys: object) {
  return {
    metadata: { namespace, name: KEYS_CONFIG_MAP, labels: ours },
    data: { [KEYS_FILE]: JSON.stringify(keys) },
  }
}
