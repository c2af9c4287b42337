/**
 * Whom a worker reaches. Tried on its own network, as whoever has broken into it would. Each target is proved to be there first, by a pod that no policy
 * holds (or, where a policy keeps that out, by its node): what nobody answers proves nothing.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { stringify } from 'yaml'
import { API_SERVICE, CONTROL, DNS_SERVICE, EDGE, NODES } from '#test/cluster/plan.ts'
import { comes } from '../comes.ts'
import { isReady, type Pod } from '../kube.ts'
import { handsOn } from '../place.ts'
import { AGENT, SYSTEM } from '../release.ts'
import { openMetadata } from './metadata-service.ts'
import { agentOf, modelOf, OTHER, type Tenants } from './people.ts'
import { type Answer, probe, type Target } from './probe.ts'
import { serverPod } from './server-pod.ts'

/** `alive`: who proves that it is there. */
interface Forbidden extends Target {
  readonly what: string
  readonly alive: 'pod' | { readonly node: string }
}

const READY_MS = 60_000

export async function network(tenants: Tenants): Promise<void> {
  const { place, workers } = tenants
  const [worker] = workers
  if (worker === undefined) throw new Error('there is no worker')
  const open = await ready(tenants, OTHER, 'open', {})
  const calendar = await ready(tenants, AGENT.namespace, 'calendar', { app: 'calendar' })
  await declareTool(tenants)
  const metadata = await openMetadata(handsOn(place))
  const host = createServer((_, response) => response.end()).listen(0, place.host)
  await once(host, 'listening')
  const port = (host.address() as { port: number }).port
  try {
    const forbidden = await forbiddenTo(tenants, worker, open)
    await alive(tenants, forbidden, open)
    await reaches(tenants, worker, calendar)
    await isSilent(tenants, worker, forbidden, '')
    await declareAll(tenants)
    await isSilent(tenants, worker, forbidden, ', though tools and a provider name it')
    // The peers of the example are all private networks, and a worker may answer each. Those of a trunk of one's own are a proxy or two.
    const outside: Forbidden = { what: 'a machine that nobody declared', host: place.host, port, alive: 'pod' }
    await alive(tenants, [outside], open)
    await narrowTrunk(tenants)
    await isSilent(tenants, worker, [outside], '')
  } finally {
    host.close()
    await metadata.close()
  }
}

async function forbiddenTo({ place, workers }: Tenants, worker: Pod, open: Pod): Promise<Forbidden[]> {
  const operators = await place.kube.get<Pod[]>('pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator')
  const theirs = await place.kube.get<Pod[]>('pods', '-n', OTHER, '-l', 'switchboard.dev/agent')
  const at = (pod: Pod | undefined): string => pod?.status.podIP ?? ''
  const nodeOf = (pod: Pod | undefined) => ({ node: pod?.spec.nodeName ?? '' })
  const sibling = workers.find(other => other.metadata.uid !== worker.metadata.uid)
  return [
    { what: 'the metadata address', host: '169.254.169.254', port: 80, alive: 'pod' },
    { what: 'the API server', host: CONTROL.address, port: 6443, alive: 'pod' },
    { what: 'the API server by its Service', host: API_SERVICE, port: 443, alive: 'pod' },
    ...NODES.map(({ node, address }) => ({
      what: `the kubelet of ${node}`,
      host: address,
      port: 10_250,
      alive: 'pod' as const,
    })),
    ...operators.map((pod, i) => ({
      what: `the operator’s pod ${i + 1}`,
      host: at(pod),
      port: 8080,
      alive: 'pod' as const,
    })),
    { what: 'a pod of another tenant', host: at(open), port: 8080, alive: 'pod' },
    { what: 'a worker of another tenant', host: at(theirs[0]), port: 8080, alive: nodeOf(theirs[0]) },
    { what: 'the SIP port of a worker of another tenant', host: at(theirs[0]), port: 5060, alive: nodeOf(theirs[0]) },
    { what: 'the API of another worker of its own agent', host: at(sibling), port: 8080, alive: nodeOf(sibling) },
  ]
}

async function alive({ place, report }: Tenants, targets: readonly Forbidden[], open: Pod): Promise<void> {
  const silent: string[] = []
  for (const target of targets) {
    const [answer] = await probe(place, target.alive === 'pod' ? open : target.alive.node, [target])
    if (!isAnswer(answer)) silent.push(target.what)
  }
  const detail = silent.length === 0 ? `${targets.length} answer whoever no policy holds` : silent.join(', ')
  report.check('what a worker must not reach is there', silent.length === 0, detail)
  const apis = targets.filter(target => target.alive !== 'pod' && target.port === 8080)
  if (apis.length === 0) return
  const nosy = await probe(place, open, apis)
  report.check('a pod of another tenant reaches the API of no worker', !nosy.some(isAnswer), nosy.join(', '))
}

/** What calls need. */
async function reaches({ place, report }: Tenants, worker: Pod, calendar: Pod): Promise<void> {
  const tool = `calendar.${AGENT.namespace}.svc.cluster.local`
  const simulator = `switchboard-simulator.${SYSTEM}.svc.cluster.local`
  const targets: readonly (Target & { what: string })[] = [
    { what: 'names (DNS)', host: DNS_SERVICE, port: 53 },
    { what: 'its provider, by name', host: simulator, port: 8090 },
    { what: 'a declared tool, by name', host: tool, port: 80 },
    { what: 'a declared tool, by the address of its pod', host: calendar.status.podIP ?? '', port: 8080 },
    { what: 'the collector of traces', host: place.host, port: 4318 },
  ]
  const answers = await probe(place, worker, targets)
  for (const [i, { what }] of targets.entries())
    report.check(`a worker reaches ${what}`, answers[i] === 'answers', answers[i] ?? '')
}

async function isSilent(
  { place, report }: Tenants,
  worker: Pod,
  targets: readonly Forbidden[],
  why: string,
): Promise<void> {
  const answers = await probe(place, worker, targets)
  for (const [i, { what, host, port }] of targets.entries())
    report.check(`a worker does not reach ${what}${why}`, !isAnswer(answers[i]), `${host}:${port} ${answers[i] ?? ''}`)
}

/** A refusal has come from there, so it was reached. */
const isAnswer = (answer: Answer | undefined): boolean => answer === 'answers' || answer === 'refuses'

async function ready({ place }: Tenants, namespace: string, name: string, labels: object): Promise<Pod> {
  await place.kube.apply(stringify(serverPod(place.image, namespace, name, { labels })))
  const pod = (): Promise<Pod> => place.kube.get<Pod>('pod', name, '-n', namespace)
  await comes(async () => isReady(await pod()), READY_MS, `${namespace}/${name} is Ready`)
  return pod()
}

/** An agent without numbers has no pods, and what it declares is open to workers of its namespace all the same. */
async function declareTool(tenants: Tenants): Promise<void> {
  const { place, tina } = tenants
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'calendar', namespace: AGENT.namespace },
    spec: { selector: { app: 'calendar' }, ports: [{ port: 80, targetPort: 8080 }] },
  }
  await place.kube.apply(stringify(service))
  await declare(tenants, tina.namespace, 'booking', ['http://calendar.acme/find'], {})
}

/** Every way that was thought of to name what must not be reached, and is not refused at once. */
async function declareAll(tenants: Tenants): Promise<void> {
  const urls = [
    `https://${CONTROL.address}:6443/api`,
    `https://${API_SERVICE}/api`,
    'https://kubernetes.default/api',
    'https://kubernetes.default.svc.cluster.local/api',
    'http://2852039166/latest',
    'http://0xa9.0xfe.0xa9.0xfe/latest',
    ...NODES.map(({ address }) => `https://${address}:10250/pods`),
    `http://switchboard-operator.${SYSTEM}:8080/metrics`,
    ...[80, 443, 5060, 6443, 8080, 9000, 10_250].map(port => `http://anywhere.example.com:${port}/`),
  ]
  await declare(tenants, AGENT.namespace, 'sneaky', urls, { baseURL: `https://${CONTROL.address}:6443/v1` })
}

async function narrowTrunk({ place }: Tenants): Promise<void> {
  const { namespace, trunks } = AGENT
  const before = await policyOf(place, namespace)
  const spec = { sip: { peers: [{ cidr: `${EDGE.address}/32` }] } }
  await place.kube('patch', 'siptrunk', 'pbx', '-n', trunks, '--type=merge', '-p', JSON.stringify({ spec }))
  await comes(
    async () => (await policyOf(place, namespace)) > before,
    READY_MS,
    'the policy knows the peers of the trunk',
  )
}

async function policyOf({ kube }: Tenants['place'], namespace: string): Promise<number> {
  const policy = await kube.get<{ metadata: { generation: number } }>(
    'networkpolicy',
    'switchboard-worker',
    '-n',
    namespace,
  )
  return policy.metadata.generation
}

async function declare(
  { place, tina }: Tenants,
  namespace: string,
  name: string,
  urls: readonly string[],
  openAI: object,
): Promise<void> {
  const before = await policyOf(place, namespace)
  const tools = urls.map((url, i) => ({ name: `tool_${i}`, description: 'Asks.', http: { url } }))
  const said = await tina(['apply', '-f', '-'], agentOf(namespace, name, { model: modelOf(openAI), tools }))
  if (said.code !== 0) throw new Error(said.err)
  await comes(
    async () => (await policyOf(place, namespace)) > before,
    READY_MS,
    `the policy knows the tools of ${name}`,
  )
}
