/**
 * Enforces NetworkPolicy with kube-network-policies of the Kubernetes project, on every node. It judges the first packets of each connection,
 * which the kernel hands it through a queue. It would set the rules for that itself, but asks for a feature of nftables that some kernels are
 * built without (NFT_QUEUE); the older target of iptables is everywhere, so the rules are ours and the judgement is its own.
 */
import { stringify } from 'yaml'
import { type Node, PODS } from './plan.ts'

export const POLICIES_IMAGE = 'localhost/kube-network-policies:1'

const QUEUE = '100'
const NAME = 'kube-network-policies'
const META = { name: NAME, namespace: 'kube-system' }

/**
 * Arguments of iptables on a node. What a connection's first packets are told holds for the rest of it. Nobody at the queue: nothing passes.
 * Packets of the node itself do not come by here: a kubelet may always probe its pods.
 */
export function queueRules(node: Node): string[][] {
  const append = (chain: string, ...rule: string[]): string[] => ['-w', '-t', 'mangle', '-A', chain, ...rule]
  const known = ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT']
  const queue = ['-j', 'NFQUEUE', '--queue-num', QUEUE]
  return [
    append('FORWARD', ...known),
    append('FORWARD', '-s', PODS, ...queue),
    append('FORWARD', '-d', PODS, ...queue),
    append('INPUT', ...known),
    // Pods that reach for their own node.
    append('INPUT', '-s', node.pods, ...queue),
  ]
}

/** Manifests, as YAML. */
export function policyManifests(): string {
  const subjects = [{ kind: 'ServiceAccount', ...META }]
  const rules = [
    { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list', 'watch'] },
  ]
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: META },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: NAME }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
      subjects,
    },
    daemonSet(),
  ]
  return objects.map(object => stringify(object)).join('---\n')
}

function daemonSet(): unknown {
  const labels = { app: NAME }
  const args = [
    '--hostname-override=$(NODE)',
    `--nfqueue-id=${QUEUE}`,
    // Answered by runtimes from containerd 1.7 on.
    '--disable-nri',
    '--netfilter-bug-1766-fix=false',
    '--metrics-bind-address=127.0.0.1:9080',
  ]
  const container = {
    name: NAME,
    image: POLICIES_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    args,
    env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } },
  }
  const spec = {
    serviceAccountName: NAME,
    hostNetwork: true,
    dnsPolicy: 'Default',
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
    containers: [container],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: META,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}
