/** What the programs of a node read: containerd, its network plugins, the kubelet and kube-proxy. Pure. */
import { join } from 'node:path'
import { DNS_SERVICE, DOMAIN, type Node, PODS } from './plan.ts'

export const PAUSE_IMAGE = 'localhost/pause:1'

export interface NodeFiles {
  readonly 'containerd.toml': string
  readonly 'cni/10-pods.conflist': string
  readonly 'kubelet.json': string
  readonly 'proxy.json': string
  readonly 'resolv.conf': string
}

/** @param folder the node's own @param keys where keys are */
export function nodeFiles(node: Node, folder: string, keys: string): NodeFiles {
  return {
    'containerd.toml': containerd(folder),
    'cni/10-pods.conflist': json(network(node, folder)),
    'kubelet.json': json(kubelet(node, folder, keys)),
    'proxy.json': json(proxy(node, keys)),
    // Nothing beyond the cluster is asked for by name.
    'resolv.conf': '',
  }
}

export function socketOf(folder: string): string {
  return join(folder, 'containerd.sock')
}

export function cgroupOf(node: Node): string {
  return `/${node.name}`
}

function containerd(folder: string): string {
  return `version = 2
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
[grpc]
  address = "${socketOf(folder)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE no process may be made harder to kill than its parent, and sandboxes would not start.
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${join(folder, 'cni')}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
`
}

/** A routed link per pod and no bridge: whatever a pod sends passes the node's forwarding, where policies are enforced, also to its neighbour. */
function network(node: Node, folder: string): unknown {
  const ipam = {
    type: 'host-local',
    dataDir: join(folder, 'addresses'),
    ranges: [[{ subnet: node.pods }]],
    routes: [{ dst: '0.0.0.0/0' }],
  }
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      { type: 'ptp', ipMasq: false, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}

function kubelet(node: Node, folder: string, keys: string): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(keys, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroupOf(node),
    containerRuntimeEndpoint: `unix://${socketOf(folder)}`,
    failSwapOn: false,
    // From 1.35 on it refuses to run on the first version of cgroups unless told.
    failCgroupV1: false,
    clusterDNS: [DNS_SERVICE],
    clusterDomain: DOMAIN,
    resolvConf: join(folder, 'resolv.conf'),
    tlsCertFile: join(keys, `${node.node}.crt`),
    tlsPrivateKeyFile: join(keys, `${node.node}.key`),
    podLogsDir: join(folder, 'pod-logs'),
    healthzPort: 0,
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  }
}

function proxy(node: Node, keys: string): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: join(keys, 'proxy.kubeconfig') },
    clusterCIDR: PODS,
    hostnameOverride: node.node,
    // The table is the whole machine's: it is not ours to set.
    conntrack: { maxPerCore: 0 },
    healthzBindAddress: `${node.address}:10256`,
    metricsBindAddress: '127.0.0.1:10249',
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
