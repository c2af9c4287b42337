/** Whether this machine and pods reach each other: tried with a pod on every node, before anything depends on it. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kube } from '../kube.ts'
import type { PlaceNode } from '../place.ts'
import { SYSTEM } from '../release.ts'

const LABEL = { app: 'e2e-reach' }
const PORT = 8080
const PULL_MS = 180_000
const TRY_MS = 10_000
/** `GET /ADDRESS/PORT`: whether a pod gets there. */
const SCRIPT = `
const { connect } = require('node:net')
require('node:http').createServer((request, response) => {
  const [, host, port] = request.url.split('/')
  const socket = connect(Number(port), host)
  const done = answer => { socket.destroy(); response.end(answer) }
  socket.on('connect', () => done('reached')).on('error', error => done(error.code))
  setTimeout(() => done('silence'), 3000)
}).listen(${PORT})
process.on('SIGTERM', () => process.exit(0))
`

interface ProbePod {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string }
  readonly status: {
    readonly phase?: string
    readonly podIP?: string
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } }
    }[]
  }
}

/** What was seen from a node. */
export interface Reached {
  readonly node: PlaceNode & { readonly networks: readonly string[] }
  readonly pod: string
  /** From here to the pod. */
  readonly to: boolean
  /** What the pod met on its way here: `reached`, `silence`, an error's code. */
  readonly back: string
}

/** @throws Error with what is missing, in words */
export async function mustReach(
  kube: Kube,
  image: string,
  nodes: readonly Reached['node'][],
  host: string,
): Promise<void> {
  const listener = createServer(socket => socket.destroy()).listen(0, host)
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  try {
    const pods = nodes.map((node, i) => probePod(`e2e-reach-${i}`, node.name, image))
    await kube.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }))
    const running = await started(kube, image, nodes.length)
    const seen = await Promise.all(
      running.map(async ({ spec, status }): Promise<Reached> => {
        const node = nodes.find(({ name }) => name === spec.nodeName) ?? {
          name: spec.nodeName,
          address: '',
          networks: [],
        }
        const pod = status.podIP ?? ''
        const back = await ask(`http://${pod}:${PORT}/${host}/${port}`)
        return { node, pod, to: back !== null, back: back ?? '' }
      }),
    )
    const missing = missingOf(seen, host)
    if (missing.length > 0) throw new Error(`calls would not get through:\n  ${missing.join('\n  ')}`)
  } finally {
    listener.close()
    await kube.try(['delete', 'pods', '-n', SYSTEM, '-l', `app=${LABEL.app}`, '--grace-period=1', '--wait=false'])
  }
}

/** Pure. Sentences, each with what to do. */
export function missingOf(seen: readonly Reached[], host: string): string[] {
  return seen.flatMap(({ node, pod, to, back }) => {
    if (!to) {
      const routes = node.networks
        .filter(network => !network.includes(':'))
        .map(to => `ip route add ${to} via ${node.address}`)
      const how = routes.length > 0 ? ` (where the node is a neighbour: ${routes.join('; ')})` : ''
      return [
        `this machine does not reach the pod ${pod} on ${node.name}: it needs a route to the pods of that node${how}`,
      ]
    }
    if (back === 'reached') return []
    return [
      `a pod on ${node.name} does not reach ${host}, which is this machine (${back}): let it in past the firewall, or name another address with SWITCHBOARD_E2E_HOST`,
    ]
  })
}

async function ask(url: string): Promise<string | null> {
  for (const until = performance.now() + TRY_MS; performance.now() < until; await sleep(300)) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null)
    if (answer?.ok === true) return answer.text()
  }
  return null
}

async function started(kube: Kube, image: string, count: number): Promise<readonly ProbePod[]> {
  let pods: readonly ProbePod[] = []
  for (const until = performance.now() + PULL_MS; performance.now() < until; await sleep(500)) {
    pods = await kube.get<ProbePod[]>('pods', '-n', SYSTEM, '-l', `app=${LABEL.app}`)
    for (const { spec, status } of pods) {
      const { reason = '', message = '' } = status.containerStatuses?.[0]?.state?.waiting ?? {}
      if (/^(ErrImage|ImagePull|InvalidImage)/.test(reason))
        throw new Error(`${spec.nodeName} cannot pull ${image}, which SWITCHBOARD_IMAGE names (${reason}): ${message}`)
    }
    if (pods.length === count && pods.every(({ status }) => status.phase === 'Running')) return pods
  }
  const states = pods.map(({ spec, status }) => `${spec.nodeName}: ${status.phase}`).join(', ')
  throw new Error(`a pod on every node does not run after ${PULL_MS / 1000} s: ${states}`)
}

function probePod(name: string, node: string, image: string): object {
  const container = {
    name: 'reach',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', SCRIPT],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: SYSTEM, labels: LABEL },
    spec: {
      nodeName: node,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
    },
  }
}
