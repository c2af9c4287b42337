/** Resources that a fleet is made of. */
import { GROUP, VERSION } from '#crds/object.ts'
import type { Resource } from '#kube/resource.ts'

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
})

export const PODS = core('pods', 'Pod')
export const NODES = core('nodes', 'Node', false)
export const SERVICE_ACCOUNTS = core('serviceaccounts', 'ServiceAccount')
export const CONFIG_MAPS = core('configmaps', 'ConfigMap')
export const BUDGETS: Resource = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
}
export const NETWORK_POLICIES: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
}
export const REVISIONS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: 'voiceagentrevisions',
  kind: 'VoiceAgentRevision',
  namespaced: true,
}
