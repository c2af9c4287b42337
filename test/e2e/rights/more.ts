/** More than the operator holds, tried in its name: each must be refused. */
import type { Report } from '#test/harness/report.ts'
import { isReady, type Pod } from '../kube.ts'
import type { Place } from '../place.ts'
import { AGENT, SYSTEM } from '../release.ts'

interface Try {
  readonly what: string
  readonly args: readonly string[]
  readonly input?: object
}

const role = (rules: readonly object[], name = 'switchboard-operator') => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})
const binding = (kind: string, metadata: object, name: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  subjects: [{ kind: 'ServiceAccount', name: 'switchboard-operator', namespace: SYSTEM }],
})
const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
const { namespace } = AGENT

const TRIES: readonly Try[] = [
  { what: 'reads all Secrets', args: ['get', 'secrets', '-A'] },
  { what: 'reads a Secret of a tenant that is no credential', args: ['get', 'secret', 'private', '-n', namespace] },
  { what: 'lists the Secrets of its own namespace', args: ['get', 'secrets', '-n', SYSTEM] },
  {
    what: 'reads another Secret of its own namespace',
    args: ['get', 'secret', 'sh.helm.release.v1.switchboard.v1', '-n', SYSTEM],
  },
  { what: 'deletes its own keys', args: ['delete', 'secret', 'switchboard-token-keys', '-n', SYSTEM] },
  {
    what: 'changes the key of seals',
    args: ['patch', 'secret', 'switchboard-seal-key', '-n', SYSTEM, '--type=merge', '-p', '{"data":{}}'],
  },
  { what: 'makes a Secret for a tenant', args: ['create', 'secret', 'generic', 'planted', '-n', namespace] },
  { what: 'gives itself more in its own role', args: ['replace', '-f', '-'], input: role(everything) },
  { what: 'makes a role that may do all', args: ['create', '-f', '-'], input: role(everything, 'planted') },
  {
    what: 'binds itself to cluster-admin',
    args: ['create', '-f', '-'],
    input: binding('ClusterRoleBinding', { name: 'planted' }, 'cluster-admin'),
  },
  {
    what: 'binds itself to the reading of Secrets in a namespace',
    args: ['create', '-f', '-'],
    input: binding('RoleBinding', { name: 'planted', namespace }, 'switchboard-credentials'),
  },
  { what: 'acts as the administrator', args: ['get', 'nodes', '--as=admin', '--as-group=system:masters'] },
  { what: 'makes a token of another account', args: ['create', 'token', 'default', '-n', 'kube-system'] },
  { what: 'makes a token of its workers’ account', args: ['create', 'token', 'switchboard-worker', '-n', namespace] },
  { what: 'evicts a pod', args: ['create', '--raw', '', '-f', '-'] },
  {
    what: 'changes an agent',
    args: ['patch', 'voiceagent', AGENT.name, '-n', namespace, '--type=merge', '-p', '{"spec":{"instructions":"x"}}'],
  },
  { what: 'makes an agent', args: ['create', '-f', 'examples/on-a-cluster/reception.yaml'] },
  {
    what: 'changes a trunk',
    args: ['patch', 'siptrunk', 'pbx', '-n', AGENT.trunks, '--type=merge', '-p', '{"spec":{"numbers":[]}}'],
  },
  {
    what: 'deletes all pods of a namespace at once',
    args: ['delete', '--raw', `/api/v1/namespaces/${namespace}/pods`],
  },
  { what: 'deletes a namespace', args: ['delete', 'namespace', namespace] },
  {
    what: 'labels a namespace, so that it is granted numbers',
    args: ['label', 'namespace', namespace, 'customer=other', '--overwrite'],
  },
  {
    what: 'changes a ConfigMap of a tenant',
    args: ['patch', 'configmap', 'kube-root-ca.crt', '-n', namespace, '--type=merge', '-p', '{"data":{"a":"b"}}'],
  },
  {
    what: 'takes away the network policy of a namespace',
    args: ['delete', 'networkpolicy', 'switchboard-worker', '-n', namespace],
  },
  { what: 'makes a Deployment', args: ['create', 'deployment', 'planted', '--image=any', '-n', namespace] },
  {
    what: 'changes the API',
    args: ['patch', 'crd', 'voiceagents.switchboard.dev', '--type=merge', '-p', '{"spec":{"scope":"Cluster"}}'],
  },
  { what: 'makes a webhook that sees all that is written', args: ['get', 'validatingwebhookconfigurations'] },
  {
    what: 'steals another’s Lease',
    args: ['patch', 'lease', 'planted', '-n', SYSTEM, '--type=merge', '-p', '{"spec":{}}'],
  },
]

/** @param user whose name it is done in */
export async function tryMore(place: Place, report: Report, user: string): Promise<void> {
  const { kube } = place
  await kube.try(['create', 'secret', 'generic', 'private', '-n', namespace, '--from-literal=a=b'])
  const [pod] = (await kube.get<Pod[]>('pods', '-n', SYSTEM)).filter(isReady)
  const inPod = pod?.metadata.name ?? ''
  const node = place.nodes[0]?.name ?? ''
  const more: readonly Try[] = [
    ...TRIES.filter(({ what }) => what !== 'evicts a pod'),
    { what: 'taints a node', args: ['taint', 'nodes', node, 'a=b:NoSchedule'] },
    { what: 'runs a command in a pod', args: ['exec', inPod, '-n', SYSTEM, '--', 'true'] },
    { what: 'reads what a pod logs', args: ['logs', inPod, '-n', SYSTEM] },
    { what: 'forwards a port of a pod', args: ['port-forward', inPod, '-n', SYSTEM, '0:8080'] },
    {
      what: 'evicts a pod',
      args: ['create', '--raw', `/api/v1/namespaces/${SYSTEM}/pods/${inPod}/eviction`, '-f', '-'],
      input: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: inPod, namespace: SYSTEM } },
    },
  ]
  for (const { what, args, input } of more) {
    // Whoever acts as somebody else twice asks in the last name: this one must be asked for itself.
    const as = args.some(arg => arg.startsWith('--as=')) ? await mayImpersonate(kube, user) : null
    const said =
      as ?? (await kube.try([`--as=${user}`, ...args], input === undefined ? undefined : JSON.stringify(input)))
    report.check(
      `in the operator’s name: ${what}`,
      said.code !== 0 && /forbidden|escalat/i.test(said.err),
      lineOf(said),
    )
  }
  await kube.try(['delete', 'secret', 'private', '-n', namespace])
}

async function mayImpersonate(kube: Place['kube'], user: string) {
  const said = await kube.try(['auth', 'can-i', 'impersonate', 'users', `--as=${user}`])
  return { ...said, err: said.out.startsWith('no') ? 'forbidden: it may impersonate nobody' : said.out }
}

function lineOf({ code, out, err }: { code: number; out: string; err: string }): string {
  if (code === 0) return `done: ${out.trim().split('\n')[0] ?? ''}`
  return (
    err
      .trim()
      .split('\n')
      .find(line => /forbidden|escalat/i.test(line)) ?? err.trim()
  ).slice(0, 160)
}
