/** What an account holds: one right per verb, resource and name, resolved from the roles that are bound to it. Pure. */

/** One thing that one may do. */
export interface Right {
  readonly verb: string
  readonly group: string
  /** With its subresource. */
  readonly resource: string
  /** Of the one object that it is held to; empty: any. */
  readonly name: string
  /** Of the one namespace that it holds in; empty: everywhere. */
  readonly namespace: string
}

interface Rule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs: readonly string[]
}

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface Role {
  readonly metadata: Metadata
  readonly rules?: readonly Rule[] | null
}

export interface Binding {
  readonly metadata: Metadata
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

export interface Account {
  readonly namespace: string
  readonly name: string
}

/** `get secrets switchboard-token-keys in switchboard-system`. */
export function textOf({ verb, group, resource, name, namespace }: Right): string {
  const what = group === '' ? resource : `${group}/${resource}`
  return [verb, what, name, namespace === '' ? 'everywhere' : `in ${namespace}`].filter(word => word !== '').join(' ')
}

/** @param roles both kinds, of all namespaces; @param bindings both kinds too */
export function rightsOf(account: Account, roles: readonly Role[], bindings: readonly Binding[]): Right[] {
  const rights = new Map<string, Right>()
  for (const binding of bindings) {
    if (!isFor(binding, account)) continue
    const { namespace = '' } = binding.metadata
    const { kind, name } = binding.roleRef
    const home = kind === 'Role' ? namespace : undefined
    const role = roles.find(({ metadata }) => metadata.name === name && metadata.namespace === home)
    for (const right of (role?.rules ?? []).flatMap(rule => rightsOfRule(rule, namespace)))
      rights.set(textOf(right), right)
  }
  return [...rights.values()]
}

/** What Kubernetes itself gives to everybody who is logged in is nobody's to justify here. */
const DEFAULTS = 'kubernetes.io/bootstrapping'

function isFor({ metadata, subjects = [] }: Binding, account: Account): boolean {
  if (metadata.labels?.[DEFAULTS] !== undefined) return false
  const groups = new Set([
    'system:serviceaccounts',
    `system:serviceaccounts:${account.namespace}`,
    'system:authenticated',
  ])
  const user = `system:serviceaccount:${account.namespace}:${account.name}`
  return subjects.some(({ kind, name, namespace }) => {
    if (kind === 'ServiceAccount') return name === account.name && namespace === account.namespace
    return kind === 'Group' ? groups.has(name) : name === user
  })
}

function rightsOfRule(rule: Rule, namespace: string): Right[] {
  const rights: Right[] = []
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } = rule
  for (const verb of verbs) {
    for (const resource of nonResourceURLs) rights.push({ verb, group: '', resource, name: '', namespace: '' })
    for (const group of apiGroups)
      for (const resource of resources)
        for (const name of resourceNames.length === 0 ? [''] : resourceNames)
          rights.push({ verb, group, resource, name, namespace })
  }
  return rights
}
