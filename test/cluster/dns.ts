/** CoreDNS in kube-system, as every cluster has it: policies that let pods ask for names select its labels. */
import { stringify } from 'yaml'
import { DNS_SERVICE, DOMAIN } from './plan.ts'

export const DNS_IMAGE = 'localhost/coredns:1'

const NAME = 'coredns'
const LABELS = { 'k8s-app': 'kube-dns' }
const META = { name: NAME, namespace: 'kube-system' }

const COREFILE = `.:53 {
  errors
  health :8080
  ready :8181
  kubernetes ${DOMAIN} in-addr.arpa ip6.arpa {
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }
  cache 5
  loadbalance
}
`

/** Manifests, as YAML. */
export function dnsManifests(): string {
  const roles = { apiGroup: 'rbac.authorization.k8s.io' }
  const reads = (apiGroups: string[], resources: string[]) => ({ apiGroups, resources, verbs: ['list', 'watch'] })
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: META },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `system:${NAME}` },
      rules: [
        reads([''], ['endpoints', 'services', 'pods', 'namespaces']),
        reads(['discovery.k8s.io'], ['endpointslices']),
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `system:${NAME}` },
      roleRef: { ...roles, kind: 'ClusterRole', name: `system:${NAME}` },
      subjects: [{ kind: 'ServiceAccount', ...META }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: META, data: { Corefile: COREFILE } },
    deployment(),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels: LABELS },
      spec: {
        clusterIP: DNS_SERVICE,
        selector: LABELS,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ]
  return objects.map(object => stringify(object)).join('---\n')
}

function deployment(): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: META,
    spec: {
      // One on each node: a test that stops a node must not take names from the other.
      replicas: 2,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          dnsPolicy: 'Default',
          priorityClassName: 'system-cluster-critical',
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: LABELS },
            },
          ],
          containers: [
            {
              name: NAME,
              image: DNS_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              args: ['-conf', '/etc/coredns/Corefile'],
              // Policies see the port of the pod, and let out what goes to 53.
              securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
              readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
              volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: NAME } }],
        },
      },
    },
  }
}
