/** What agents say of credentials, against the Secrets among the manifests, and against what a cluster needs. */

import { nearest } from '#errors/nearest.ts'
import { missingCredential, missingSecret, unknownSecret, unmarkedSecret } from './errors.ts'
import type { Finding } from './explain-issue.ts'
import { credentialRefs, keyless } from './models.ts'
import { keyOf } from './object.ts'
import type { Path, Problem } from './problem.ts'
import { type Manifests, problemAt } from './read-manifests.ts'
import { CREDENTIAL_LABEL } from './reference.ts'
import type { VoiceAgent } from './voice-agent.ts'

/** Faults of a cluster alone: `run` takes keys from its environment, and asks for no label. */
export const ON_A_CLUSTER: ReadonlySet<string> = new Set([missingCredential.code, unmarkedSecret.code])

interface Report {
  readonly finding: Finding
  readonly severity: Problem['severity']
}

/** What is to be said at the agent. */
export function* credentialReports({ secrets }: Manifests, agent: VoiceAgent): Generator<Report> {
  const { namespace } = agent.metadata
  const names = secrets.filter(s => s.metadata.namespace === namespace).map(s => s.metadata.name)
  for (const { path, ref } of credentialRefs(agent.spec)) {
    const at = (field: string): Path => ['spec', ...path, 'credentialsRef', field]
    const secret = secrets.find(s => keyOf(s) === `${namespace}/${ref.name}`)
    if (secret === undefined) {
      const meant = nearest(ref.name, names)
      const error = unknownSecret(`${namespace}/${ref.name}`)
      // others may be in the cluster: only one that looks like it is worth a word
      if (meant !== undefined)
        yield {
          finding: { path: at('name'), what: 'value', error, fix: `did you mean ${meant}?` },
          severity: 'warning',
        }
    } else if (!(ref.key in (secret.data ?? {}) || ref.key in (secret.stringData ?? {}))) {
      yield {
        finding: { path: at('key'), what: 'value', error: missingSecret(keyOf(secret), ref.key) },
        severity: 'error',
      }
    }
  }
  for (const { path, provider } of keyless(agent.spec.model))
    yield {
      finding: { path: ['spec', ...path, 'credentialsRef'], what: 'key', error: missingCredential(provider) },
      severity: 'warning',
    }
}

/** Secrets that agents name and may not use: said at the Secret, where the label belongs. */
export function unmarkedSecrets({ secrets, agents, sources }: Manifests): Problem[] {
  const named = new Set(
    agents.flatMap(agent => credentialRefs(agent.spec).map(({ ref }) => `${agent.metadata.namespace}/${ref.name}`)),
  )
  return secrets.flatMap(secret => {
    const source = sources.get(secret)
    const key = keyOf(secret)
    if (source === undefined || !named.has(key) || secret.metadata.labels?.[CREDENTIAL_LABEL] === 'true') return []
    const finding: Finding = { path: ['metadata', 'name'], what: 'value', error: unmarkedSecret(key) }
    return [{ ...problemAt(finding, source.file, source.yaml, `Secret ${key}`, 'warning'), hidden: true as const }]
  })
}
