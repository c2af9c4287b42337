/** Checks over all objects together: what they refer to, and who may have which number. */
import { decideClaims } from './claims.ts'
import { missingConfigMap, missingSecret, missingTrunk } from './errors.ts'
import type { Finding } from './explain-issue.ts'
import { nearest } from './nearest.ts'
import { keyOf } from './object.ts'
import { byPlace, type Problem, valueText } from './problem.ts'
import { type Manifests, problemAt } from './read-manifests.ts'
import { resolve, type Sources } from './resolve.ts'
import type { VoiceAgent } from './voice-agent.ts'

/** ConfigMaps of manifests, for `resolve`. */
export function sourcesOf(manifests: Pick<Manifests, 'configMaps'>): Sources {
  const maps = new Map(manifests.configMaps.map(map => [keyOf(map), map]))
  return { configMap: (namespace, name) => maps.get(`${namespace}/${name}`) }
}

/**
 * What is wrong between objects. A reference to something that is not among the files is an error when others of its kind are (it is
 * probably misspelt), and a warning when there are none (it is probably in the cluster).
 */
export function checkReferences(manifests: Manifests): Problem[] {
  const problems: Problem[] = []
  const report = (agent: VoiceAgent, finding: Finding, severity: Problem['severity'] = 'error'): void => {
    const source = manifests.sources.get(agent)
    if (source) problems.push(problemAt(finding, source.file, source.yaml, `VoiceAgent ${keyOf(agent)}`, severity))
  }
  const absent = (agent: VoiceAgent, finding: Omit<Finding, 'what'>, kind: string, wanted: string): void => {
    // Declared, but not sound: its own problems are enough.
    if (manifests.seen.has(`${kind} ${wanted}`)) return
    const others = [...manifests.seen].filter(s => s.startsWith(`${kind} `)).map(s => s.slice(kind.length + 1))
    const meant = nearest(wanted, others)
    const fix = meant === undefined ? undefined : `did you mean ${meant}?`
    report(
      agent,
      { ...finding, what: 'value', ...(fix !== undefined && { fix }) },
      others.length > 0 ? 'error' : 'warning',
    )
  }

  const sources = sourcesOf(manifests)
  for (const agent of manifests.agents) {
    const resolution = resolve(agent, sources)
    for (const { path, error } of resolution.ok ? [] : resolution.problems) {
      if (error.code !== missingConfigMap.code) report(agent, { path, what: 'value', error })
      else absent(agent, { path, error }, 'ConfigMap', `${agent.metadata.namespace}/${valueText(at(agent, path))}`)
    }
    const ref = agent.spec.model.credentialsRef
    const secret = ref && manifests.secrets.find(s => keyOf(s) === `${agent.metadata.namespace}/${ref.name}`)
    if (ref && secret && !(ref.key in (secret.data ?? {})) && !(ref.key in (secret.stringData ?? {}))) {
      report(agent, {
        path: ['spec', 'model', 'credentialsRef', 'key'],
        what: 'value',
        error: missingSecret(keyOf(secret), ref.key),
      })
    }
  }

  for (const { agent, path, error } of decideClaims(manifests).refused) {
    if (error.code !== missingTrunk.code) report(agent, { path, what: 'value', error })
    else {
      const entry = agent.spec.inbound?.[Number(path[2])]
      const wanted = `${entry?.trunkRef.namespace ?? agent.metadata.namespace}/${entry?.trunkRef.name}`
      absent(agent, { path, error }, 'SipTrunk', wanted)
    }
  }
  return problems.toSorted(byPlace)
}

function at(object: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((here, part) => (here as Record<string | number, unknown> | undefined)?.[part], object)
}
