/**
 * A cluster of somebody else's: a run begins on it only where nothing is that it would touch, marks what it makes, and takes all of it away again.
 * What a run that broke off has left, by its mark, the next one takes for its own.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { Kube } from '../kube.ts'
import type { Place } from '../place.ts'
import { AGENT, removeRelease, SYSTEM } from '../release.ts'
import { OTHER } from '../tenants/people.ts'

/** On the namespace of the operator: the first that is made, and the last that goes. */
const MARK = 'e2e.switchboard.dev/made'
/** All that suites make. */
export const NAMESPACES = [SYSTEM, AGENT.namespace, AGENT.trunks, OTHER, 'faults-secret', 'provider'] as const
const PART_OF_US = 'app.kubernetes.io/part-of=switchboard'
const CLUSTER_WIDE = 'clusterroles,clusterrolebindings,priorityclasses,flowschemas'
const GONE_MS = 180_000
const GONE = ['--ignore-not-found', '--wait=true', '--timeout=180s']

export interface Found {
  /** Those of {@link NAMESPACES} that there are. */
  readonly namespaces: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  }[]
  /** Names of CRDs, and objects of the chart: `clusterrole.…/switchboard-operator`. */
  readonly objects: readonly string[]
}

/** Pure. @returns why the cluster must not be touched, in sentences; none: nothing is in the way, or it is of a run */
export function strangersIn({ namespaces, objects }: Found): string[] {
  const system = namespaces.find(({ metadata }) => metadata.name === SYSTEM)
  if (system?.metadata.labels?.[MARK] !== undefined) return []
  const names = namespaces.map(({ metadata }) => metadata.name)
  return [
    ...(objects.length === 0 ? [] : [`Switchboard is installed there already: ${objects.slice(0, 4).join(', ')}`]),
    ...(names.length === 0 ? [] : [`namespaces that a run would make are there already: ${names.join(', ')}`]),
  ]
}

/** Makes the namespace of the operator, marked. @throws Error where the cluster must not be touched */
export async function claim(kube: Kube): Promise<void> {
  const found = await look(kube)
  const strangers = strangersIn(found)
  if (strangers.length > 0)
    throw new Error(
      `this cluster is left alone:\n  ${strangers.join('\n  ')}\nA run makes and removes them. Take a cluster without them.`,
    )
  if (found.namespaces.some(({ metadata }) => metadata.name === SYSTEM)) return
  const metadata = { name: SYSTEM, labels: { [MARK]: 'by-a-run' } }
  // Made, not applied: somebody may have come in between.
  const said = await kube.try(['create', '-f', '-'], stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }))
  if (said.code !== 0) throw new Error(said.err)
}

/** Everything that suites make, the operator after what it has to clean up. @returns what is still there, by name */
export async function unclaim(place: Pick<Place, 'kube' | 'kubeconfig'>): Promise<readonly string[]> {
  const { kube } = place
  const [system, ...others] = NAMESPACES
  await kube.try(['delete', 'voiceagents', '--all', '-A', ...GONE])
  await removeNamespaces(kube, others)
  await removeRelease(place, 'switchboard')
  await removeRelease(place, 'switchboard-crds')
  // They outlive their release, so that agents do.
  const definitions = await definitionsOf(kube)
  if (definitions.length > 0) await kube.try(['delete', ...definitions, ...GONE])
  await removeNamespaces(kube, [system])
  const { namespaces, objects } = await look(kube)
  return [...namespaces.map(({ metadata }) => `namespace/${metadata.name}`), ...objects]
}

async function removeNamespaces(kube: Kube, names: readonly string[]): Promise<void> {
  await kube.try(['delete', 'namespace', ...names, '--ignore-not-found', '--wait=false'])
  for (const until = performance.now() + GONE_MS; performance.now() < until; await sleep(2000)) {
    const left = (await namespacesOf(kube)).map(({ metadata }) => metadata.name).filter(name => names.includes(name))
    if (left.length === 0) return
    // Kubernetes looks whether one is empty after half of the longest grace of its pods, which is long, or when somebody writes to it.
    await kube.try(['annotate', 'namespace', ...left, `e2e.switchboard.dev/look=${Date.now()}`, '--overwrite'])
  }
}

async function namespacesOf(kube: Kube): Promise<Found['namespaces']> {
  const names: ReadonlySet<string> = new Set(NAMESPACES)
  const all = await kube.get<Found['namespaces']>('namespaces')
  return all.filter(({ metadata }) => names.has(metadata.name))
}

async function look(kube: Kube): Promise<Found> {
  return {
    namespaces: await namespacesOf(kube),
    objects: [
      ...(await definitionsOf(kube)),
      ...linesOf(await kube('get', CLUSTER_WIDE, '-l', PART_OF_US, '-o', 'name')),
      ...linesOf(await kube('get', 'deployments', '-A', '-l', PART_OF_US, '-o', 'name')),
    ],
  }
}

async function definitionsOf(kube: Kube): Promise<string[]> {
  return linesOf(await kube('get', 'crds', '-o', 'name')).filter(name => name.endsWith('.switchboard.dev'))
}

const linesOf = (text: string): string[] => text.split('\n').filter(line => line !== '')
