/** The Secret that an agent names: whether pods may mount it, and what workers found in it. Its value is never read here. */
import { keyless } from '#crds/models.ts'
import { pathText } from '#crds/problem.ts'
import { CREDENTIAL_LABEL } from '#crds/reference.ts'
import type { SecretState } from '#runtime/contract/load-line.ts'
import type { AgentSpec } from './observed.ts'
import { type AgentProblem, stalling } from './problem.ts'

/** What the API server says of the Secret itself. */
export type SecretSeen = 'usable' | 'missing' | 'unlabelled' | 'forbidden'

export interface Credential {
  readonly namespace: string
  readonly secret: string
  readonly key: string
}

/** As whom the operator asks: in commands that give it a right. */
export interface OperatorAccount {
  readonly namespace: string
  readonly serviceAccount: string
}

/** @param reported what workers that mounted it say */
export function problemOfCredential(
  { namespace, secret, key }: Credential,
  seen: SecretSeen,
  reported: readonly SecretState[],
  operator: OperatorAccount,
): AgentProblem | null {
  const what = `Secret ${namespace}/${secret}`
  const label = `kubectl label secret ${secret} -n ${namespace} ${CREDENTIAL_LABEL}=true`
  switch (seen) {
    case 'missing':
      return stalling(
        'SecretMissing',
        `${what} is not there. Create and mark it: kubectl create secret generic ${secret} -n ${namespace} --from-literal=${key}=… && ${label}`,
      )
    case 'unlabelled':
      return stalling('SecretUnlabelled', `${what} is not marked as a credential of agents. If it is one: ${label}`)
    case 'forbidden':
      return stalling(
        'SecretForbidden',
        `the operator may not look whether ${what} is marked as a credential. Allow it for this one Secret: ${allow({ namespace, secret, key }, operator)}`,
      )
    case 'usable':
      break
  }
  if (reported.includes('present') || reported.length === 0) return null
  return reported.includes('unreadable')
    ? stalling('SecretKeyMissing', `key ${key} of ${what} is empty or no text: write the credential into it`)
    : stalling('SecretKeyMissing', `${what} has no key ${key}: add it, or correct spec.model.credentialsRef.key`)
}

/**
 * A vendor asks for a key, and no worker has one: pods answer, and no call gets a session. It does not stall the agent, for the endpoint alone decides
 * what it asks for.
 */
export function problemOfNoCredential({ model }: Pick<AgentSpec, 'model'>): AgentProblem | null {
  const [first] = keyless(model)
  if (first === undefined) return null
  const field = pathText(['spec', ...first.path, 'credentialsRef'])
  return {
    reason: 'CredentialMissing',
    message: `${field} is missing, and ${first.provider}’s own endpoint needs it: no worker has a key, so calls get no session. Add it, of a Secret in this namespace`,
    stalls: false,
  }
}

/** As docs/install.md has it: a Role for the one Secret. A reader can run it as it is. */
function allow({ namespace, secret }: Credential, operator: OperatorAccount): string {
  const name = `switchboard-credential-${secret}`
  const account = `${operator.namespace}:${operator.serviceAccount}`
  return [
    `kubectl create role ${name} -n ${namespace} --verb=get --resource=secrets --resource-name=${secret}`,
    `kubectl create rolebinding ${name} -n ${namespace} --role=${name} --serviceaccount=${account}`,
  ].join(' && ')
}
