/**
 * A cluster that is not of this machine, or not made by its tests: phones and the edge are processes of the run on this machine, the image is one that the
 * cluster pulls, and nobody has hands on its nodes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary } from '#test/apiserver/binaries.ts'
import { putSessionAhead } from '#test/cluster/ahead.ts'
import { routed, setWorkers } from '#test/cluster/edge.ts'
import { say } from '#test/cluster/progress.ts'
import { run } from '#test/cluster/run.ts'
import type { Report } from '#test/harness/report.ts'
import { start } from '#test/phones/process.ts'
import { openKube } from '../kube.ts'
import type { OpenPlace } from '../place.ts'
import { claim, unclaim } from './claim.ts'
import { type EdgeHere, OUTSIDE_HERE, openEdgeHere } from './edge-here.ts'
import { deniedOf, type EndpointSlice, insideOf, type NodeObject, networksOf, takingPods } from './inside.ts'
import { ownAddress } from './own-address.ts'
import { mustReach } from './reachable.ts'

const NO_IMAGE = `KUBECONFIG names another cluster than that of this machine, and pods there need an image that it can pull: make one (make image), push it
(docker tag localhost/switchboard:dev registry.example.com/voice/switchboard:dev && docker push registry.example.com/voice/switchboard:dev), and name it with
SWITCHBOARD_IMAGE. The cluster of this machine needs nothing of that: unset KUBECONFIG.`

interface Config {
  readonly 'current-context'?: string
  readonly clusters?: readonly { readonly cluster: { readonly server: string } }[] | null
}

/** @throws Error in words, before anything is changed, where it cannot be there */
export async function openAnother(report: Report): Promise<OpenPlace> {
  const image = process.env['SWITCHBOARD_IMAGE'] ?? ''
  if (image === '') throw new Error(NO_IMAGE)
  const kubectl = await binary('kubectl', undefined, say)
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'))
  const forget = (): void => rmSync(folder, { recursive: true, force: true })
  process.on('exit', forget)
  const kubeconfig = await pinned(kubectl, folder)
  const kube = openKube(kubectl, kubeconfig)
  const nodes = await kube.get<NodeObject[]>('nodes')
  const slices = ['endpointslices', '-n', 'default', '-l', 'kubernetes.io/service-name=kubernetes']
  const inside = insideOf(nodes, await kube.get<EndpointSlice[]>(...slices))
  const taking = takingPods(nodes)
  const [first] = taking
  if (first === undefined) throw new Error(`no node is Ready and takes pods: kubectl get nodes has ${nodes.length}`)
  const host = await ownAddress(process.env['SWITCHBOARD_E2E_HOST'], first.address)
  putSessionAhead(process.pid)
  await claim(kube)
  let edge: EdgeHere | null = null
  try {
    const networked = taking.map(node => ({ ...node, networks: pathsTo(nodes, node.name) }))
    await mustReach(kube, image, networked, host)
    say(`pods on ${taking.length} nodes and this machine (${host}) reach each other`)
    edge = await openEdgeHere(host)
  } catch (error) {
    await unclaim({ kube, kubeconfig }).catch(() => {})
    throw error
  }
  if (inside.pods.length === 0)
    report.note('the API does not tell the networks of pods: workers are not denied those of others')
  const open = edge
  return {
    kube,
    kubeconfig,
    image,
    nodes: taking,
    deny: deniedOf(inside, host),
    host,
    edge: `${open.feet.outside}:${open.feet.port}`,
    peer: `${host}/32`,
    outside: ahead,
    phone: OUTSIDE_HERE,
    setWorkers: workers => setWorkers(open, workers),
    routed: () => routed(open),
    machines: null,
    close: async (of, keep) => {
      await open.close()
      if (keep) return of.note('what the run has made is left on the cluster: the next run takes it for its own')
      say('what the run has made is removed from the cluster')
      const left = await unclaim({ kube, kubeconfig }).catch((error: unknown) => [String(error)])
      of.check('nothing of the run is left on the cluster', left.length === 0, left.slice(0, 5).join(', '))
      forget()
    },
  }
}

/** The context that is chosen now, alone and whole, in a file of the run: whoever chooses another meanwhile moves nothing. */
async function pinned(kubectl: string, folder: string): Promise<string> {
  const text = await run(kubectl, ['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json'])
  const config = JSON.parse(text) as Config
  say(`context ${config['current-context']}: ${config.clusters?.[0]?.cluster.server}`)
  const file = join(folder, 'kubeconfig')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

function pathsTo(nodes: readonly NodeObject[], name: string): readonly string[] {
  return nodes.filter(({ metadata }) => metadata.name === name).flatMap(networksOf)
}

/** Phones go before whoever compiles, where one may say so. */
function ahead(command: string, args: readonly string[]): ReturnType<typeof start> {
  if (process.getuid?.() !== 0) return start(command, args)
  return start('nice', ['-n', '-10', command, ...args])
}
