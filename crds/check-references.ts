/** Checks over all objects together: what they refer to, and who may have which number. */

import { nearest } from '#errors/nearest.ts'
import type { SwitchboardError } from '#errors/registry.ts'
import { credentialReports, unmarkedSecrets } from './check-credentials.ts'
import { destinationProblems } from './check-destinations.ts'
import { decideClaims, inSomeGrant } from './claims.ts'
import { missingConfigMap, missingTrunk, notGranted } from './errors.ts'
import type { Finding } from './explain-issue.ts'
import { keyOf } from './object.ts'
import { byPlace, type Path, type Problem, valueText } from './problem.ts'
import { type Manifests, problemAt } from './read-manifests.ts'
import { type FieldProblem, resolve, type Sources } from './resolve.ts'
import type { VoiceAgent } from './voice-agent.ts'

/** ConfigMaps of manifests, for `resolve`. */
export function sourcesOf(manifests: Pick<Manifests, 'configMaps'>): Sources {
  const maps = new Map(manifests.configMaps.map(map => [keyOf(map), map]))
  return { configMap: (namespace, name) => maps.get(`${namespace}/${name}`) }
}

interface Report {
  readonly finding: Finding
  readonly severity: Problem['severity']
}

/**
 * What is wrong between objects. A reference to something that is not among the files is an error when others of its kind are (it is
 * probably misspelt), and a warning when there are none (it is probably in the cluster).
 */
export function checkReferences(manifests: Manifests): Problem[] {
  const problems: Problem[] = []
  const add = (agent: VoiceAgent, reports: Iterable<Report>): void => {
    const source = manifests.sources.get(agent)
    if (!source) return
    for (const { finding, severity } of reports) {
      problems.push(problemAt(finding, source.file, source.yaml, `VoiceAgent ${keyOf(agent)}`, severity))
    }
  }
  const sources = sourcesOf(manifests)
  for (const agent of manifests.agents) {
    const resolution = resolve(agent, sources)
    for (const problem of resolution.ok ? [] : resolution.problems) add(agent, content(manifests, agent, problem))
    add(agent, credentialReports(manifests, agent))
    add(agent, destinations(manifests, agent))
  }
  for (const { agent, path, error } of decideClaims(manifests).refused) add(agent, claim(manifests, agent, path, error))
  return [...problems, ...unmarkedSecrets(manifests)].toSorted(byPlace)
}

function content(manifests: Manifests, agent: VoiceAgent, { path, error, variable }: FieldProblem): Report[] {
  if (error.code === missingConfigMap.code) {
    return absent(manifests, path, error, 'ConfigMap', `${agent.metadata.namespace}/${valueText(at(agent, path))}`)
  }
  if (variable === undefined) return [{ finding: { path, what: 'value', error }, severity: 'error' }]
  const meant = nearest(variable, [
    ...Object.keys(agent.spec.variables ?? {}),
    ...(agent.spec.context?.variables ?? []).map(one => one.name),
  ])
  const find = new RegExp(`\\{\\{\\s*${variable.replace(/[^\w]/g, '\\$&')}\\s*\\}\\}`)
  const fix = meant === undefined || meant === variable ? {} : { fix: `did you mean {{${meant}}}?` }
  return [{ finding: { path, what: 'value', error, find, ...fix }, severity: 'error' }]
}

function destinations(manifests: Manifests, agent: VoiceAgent): Report[] {
  const { namespace } = agent.metadata
  const trunkOf = (key: string) => manifests.trunks.find(trunk => keyOf(trunk) === key)
  const labels = manifests.namespaces.find(each => each.metadata.name === namespace)?.metadata.labels
  return destinationProblems(agent, trunkOf, labels).flatMap(({ path, error }) => {
    if (error.code !== missingTrunk.code) return [{ finding: { path, what: 'value', error }, severity: 'error' }]
    const ref = agent.spec.destinations?.[Number(path[2])]?.trunkRef
    return absent(manifests, path, error, 'SipTrunk', `${ref?.namespace ?? namespace}/${ref?.name}`)
  })
}

function claim(manifests: Manifests, agent: VoiceAgent, path: Path, error: SwitchboardError): Report[] {
  const entry = agent.spec.inbound?.[Number(path[2])]
  const trunkKey = `${entry?.trunkRef.namespace ?? agent.metadata.namespace}/${entry?.trunkRef.name}`
  if (error.code === missingTrunk.code) return absent(manifests, path, error, 'SipTrunk', trunkKey)
  const finding: Finding = { path, what: 'value', error }
  const form = entry?.match[Number(path[4])]
  const trunk = manifests.trunks.find(t => keyOf(t) === trunkKey)
  const { namespace } = agent.metadata
  const isUnknown = !manifests.namespaces.some(n => n.metadata.name === namespace)
  if (error.code === notGranted.code && form && trunk && inSomeGrant(trunk, form) && isUnknown) {
    const fix = `the grant selects namespaces by their labels: add the Namespace "${namespace}" with its labels`
    return [{ finding: { ...finding, fix }, severity: manifests.namespaces.length > 0 ? 'error' : 'warning' }]
  }
  return [{ finding, severity: 'error' }]
}

function absent({ seen }: Manifests, path: Path, error: SwitchboardError, kind: string, wanted: string): Report[] {
  // Declared, but not sound: its own problems are enough.
  if (seen.has(`${kind} ${wanted}`)) return []
  const others = [...seen].filter(s => s.startsWith(`${kind} `)).map(s => s.slice(kind.length + 1))
  const elsewhere = others.filter(other => other.split('/')[1] === wanted.split('/')[1])
  const meant = elsewhere[0] ?? nearest(wanted, others)
  const fix = meant === undefined ? {} : { fix: `did you mean ${meant}?` }
  return [{ finding: { path, what: 'value', error, ...fix }, severity: others.length > 0 ? 'error' : 'warning' }]
}

function at(object: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, part) => (here as Record<string | number, unknown> | undefined)?.[part], object)
}
