/** Two tenants, as the docs would have them: each may `edit` a namespace of their own, and nothing else. */

import { stringify } from 'yaml'
import type { Said } from '#test/apiserver/kubectl.ts'
import type { Report } from '#test/harness/report.ts'
import type { Pod } from '../kube.ts'
import type { Place } from '../place.ts'
import { AGENT } from '../release.ts'

export const OTHER = 'beta'

export interface Tenant {
  readonly namespace: string
  /** kubectl in the tenant's name. */
  (args: readonly string[], input?: object): Promise<Said>
}

export interface Tenants {
  readonly place: Place
  readonly report: Report
  /** Of the namespace of the example. */
  readonly tina: Tenant
  /** Of another one. */
  readonly bob: Tenant
  /** Workers that the operator made for the example. */
  readonly workers: readonly Pod[]
}

export async function invite(place: Place): Promise<{ readonly tina: Tenant; readonly bob: Tenant }> {
  const people = [
    { name: 'tina', namespace: AGENT.namespace },
    { name: 'bob', namespace: OTHER },
  ]
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OTHER, labels: { customer: OTHER } } }
  const bindings = people.map(({ name, namespace: home }) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace: home },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: `${home}-people` }],
  }))
  await place.kube.apply([namespace, ...bindings].map(object => stringify(object)).join('---\n'))
  const [tina, bob] = people.map(({ name, namespace: home }) => {
    const as = [`--as=${name}`, `--as-group=${home}-people`, '--as-group=system:authenticated']
    const run = (args: readonly string[], input?: object): Promise<Said> =>
      // First, for after a -- they would be the command's.
      place.kube.try([...as, ...args], input === undefined ? undefined : JSON.stringify(input))
    return Object.assign(run, { namespace: home })
  })
  if (tina === undefined || bob === undefined) throw new Error('nobody came')
  return { tina, bob }
}

/** One attempt, and what it was answered: it must be refused in these words. */
export function refused(report: Report, attempt: string, said: Said, words: RegExp): void {
  const answer = said.code === 0 ? said.out : said.err
  const line = answer.split('\n').find(one => words.test(one)) ?? answer.trim().split('\n')[0] ?? ''
  report.check(attempt, said.code !== 0 && words.test(answer), sentence(said.code === 0 ? `done: ${line}` : line))
}

/** The beginning, without what kubectl puts before every refusal. */
export function sentence(text: string): string {
  return text
    .replace(/^error: |^Error from server( [(]\w+[)])?: (error when [^:]+: )?/, '')
    .trim()
    .slice(0, 170)
}

/** A VoiceAgent, as far as it is not what an attempt is about. */
export function agentOf(namespace: string, name: string, spec: object): object {
  return {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name, namespace },
    spec: { model: modelOf({}), instructions: 'Be kind.', ...spec },
  }
}

/** @param more of `openAI` */
export function modelOf(more: object, credentialsRef?: object): object {
  const baseURL = 'http://switchboard-simulator.switchboard-system:8090/v1'
  const openAI = { model: 'gpt-realtime-2.1', baseURL, ...more }
  return { provider: 'OpenAI', openAI, ...(credentialsRef && { credentialsRef }) }
}

export function claimOf(trunk: string, match: object): object[] {
  return [{ name: 'main', trunkRef: { name: trunk, namespace: AGENT.trunks }, match: [match] }]
}
