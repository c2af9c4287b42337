/** What kwok does with nodes and pods: a node is Ready, a pod that has a node is Ready at once, and a deleted one is gone. */

const stage = (name: string, kind: 'Node' | 'Pod', selector: readonly object[], next: object): object => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: selector }, next },
})

const DELETED = { key: '.metadata.deletionTimestamp', operator: 'Exists' }
const LIVING = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }
const NOT_READY = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: 'NotIn',
  values: ['True'],
}

/** Go templates of a status, as YAML. The pod's address is out of its node's `podCIDR`. */
const NODE_READY = `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- { type: {{ .type | Quote }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }}, message: {{ .message | Quote }}, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
{{ end }}
`

const POD_READY = `{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
podIP: {{ PodIPWith .spec.nodeName false ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
conditions:
{{ range $type := list "Initialized" "ContainersReady" "Ready" }}
- { type: {{ $type | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
`

/** Pods at a time: of real nodes, each kubelet writes for itself. kwok's default is four for all of them. */
export const SPEED: object = {
  apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
  kind: 'KwokConfiguration',
  options: { podPlayStageParallelism: 32, nodePlayStageParallelism: 4, nodeLeaseParallelism: 4 },
}

/** As documents of kwok's configuration file. */
export const STAGES: readonly object[] = [
  stage('node-ready', 'Node', [NOT_READY], { statusTemplate: NODE_READY }),
  stage('pod-ready', 'Pod', [LIVING, NOT_READY], { statusTemplate: POD_READY }),
  stage('pod-deleted', 'Pod', [DELETED], { delete: true }),
]
