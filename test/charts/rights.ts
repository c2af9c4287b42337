/** Asks an API server what somebody may do: SubjectAccessReviews over everything that it serves. */
import type { Client } from '#test/apiserver/client.ts'

/** A resource that is served, and what can be done with it. */
export interface Asked {
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

interface Served {
  readonly name: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/** Everything that is served, in the preferred version of its group. */
export async function discovered(client: Client): Promise<Asked[]> {
  const { body } = await client.request('GET', '/apis')
  const groups = (body as { groups: { name: string; preferredVersion: { groupVersion: string } }[] }).groups
  const places = [
    { name: '', path: '/api/v1' },
    ...groups.map(g => ({ name: g.name, path: `/apis/${g.preferredVersion.groupVersion}` })),
  ]
  const lists = await Promise.all(
    places.map(async ({ name: group, path }) => {
      const answer = await client.request('GET', path)
      return (answer.body as { resources: Served[] }).resources.map(({ name, namespaced, verbs }) => {
        const [resource = '', subresource = ''] = name.split('/')
        return { group, resource, subresource, namespaced, verbs: more(group, resource, subresource, verbs) }
      })
    }),
  )
  return lists.flat()
}

/** Verbs that no request has, but rights do; and `finalizers`, which no list of resources names. */
function more(group: string, resource: string, subresource: string, verbs: readonly string[]): readonly string[] {
  if (group === 'rbac.authorization.k8s.io' && subresource === '') return [...verbs, 'bind', 'escalate']
  if (group === '' && resource === 'serviceaccounts' && subresource === '') return [...verbs, 'impersonate']
  return verbs
}

export function allVerbs(resources: readonly Asked[]): string[] {
  return [...new Set(resources.flatMap(({ verbs }) => verbs))].toSorted()
}

export interface Attributes {
  readonly verb: string
  readonly resource: string
  readonly group?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

export async function mayDo(client: Client, user: string, attributes: Attributes): Promise<boolean> {
  const { status, body } = await client.request('POST', REVIEWS, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes: attributes },
  })
  if (status !== 201) throw new Error(`no answer to a review: ${JSON.stringify(body)}`)
  return (body as { status: { allowed: boolean } }).status.allowed
}

/** A line per resource that anything may be done with, such as `get list watch  switchboard.dev/voiceagents`. */
export async function rightsOf(
  client: Client,
  user: string,
  namespace: string,
  resources: readonly Asked[],
): Promise<string> {
  // Nobody serves `finalizers`, and the owner's are asked for all the same.
  const owners = resources.filter(({ subresource }) => subresource === '')
  const asked = [...resources, ...owners.map(owner => ({ ...owner, subresource: 'finalizers', verbs: ['update'] }))]
  const lines = await Promise.all(
    asked.map(async ({ group, resource, subresource, namespaced, verbs }) => {
      const where = { group, resource, ...(subresource !== '' && { subresource }), ...(namespaced && { namespace }) }
      const may = await Promise.all(verbs.map(verb => mayDo(client, user, { verb, ...where })))
      const allowed = verbs.filter((_, i) => may[i])
      const name = [group, resource, subresource].filter(part => part !== '').join('/')
      return allowed.length === 0 ? [] : [`${name}: ${allowed.toSorted().join(' ')}`]
    }),
  )
  return `${lines.flat().toSorted().join('\n')}\n`
}
