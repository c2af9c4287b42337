/** What was asked against what is held. Pure. */
import type { Asked } from '../audit-log.ts'
import { type Right, textOf } from './held.ts'

/** A right that no run uses, and why it is held all the same. */
export interface Reasoned {
  /** As {@link textOf} writes it. */
  readonly right: string
  readonly reason: string
  /** Where it is rarely used: the test that shows it. Without one, using it would make the reason a lie. */
  readonly shownBy?: string
}

export interface Judged {
  /** By right: how often, and in which namespaces. */
  readonly used: ReadonlyMap<string, { readonly times: number; readonly namespaces: ReadonlySet<string> }>
  /** Sentences; none: all is as it should be. */
  readonly faults: readonly string[]
}

/** @param bearable refusals that are an answer, not a fault: `get secrets` */
export function judge(
  held: readonly Right[],
  asked: readonly Asked[],
  reasoned: readonly Reasoned[],
  bearable: ReadonlySet<string>,
): Judged {
  const used = new Map<string, { times: number; namespaces: Set<string> }>()
  const faults: string[] = []
  const refused = new Map<string, number>()
  for (const request of asked) {
    if (request.forbidden) {
      const what = kindOf(request)
      if (!bearable.has(what)) refused.set(what, (refused.get(what) ?? 0) + 1)
      continue
    }
    for (const right of held) {
      if (!covers(right, request)) continue
      const text = textOf(right)
      const use = used.get(text) ?? { times: 0, namespaces: new Set() }
      used.set(text, { times: use.times + 1, namespaces: use.namespaces.add(request.namespace) })
    }
  }
  for (const [what, times] of refused) faults.push(`${what} was asked for ${times} times and not allowed`)
  const reasons = new Map(reasoned.map(entry => [entry.right, entry]))
  for (const right of held.map(textOf)) {
    const reason = reasons.get(right)
    if (!used.has(right) && reason === undefined) faults.push(`${right}: held, never used, and no reason is given`)
    if (used.has(right) && reason !== undefined && reason.shownBy === undefined)
      faults.push(`${right}: used, so its reason for never being used is none`)
  }
  const texts = new Set(held.map(textOf))
  for (const { right } of reasoned)
    if (!texts.has(right)) faults.push(`${right}: a reason is given, and it is not held`)
  return { used, faults }
}

function kindOf({ verb, group, resource }: Asked): string {
  return `${verb} ${group === '' ? resource : `${group}/${resource}`}`
}

function covers(right: Right, asked: Asked): boolean {
  if (right.group !== asked.group || right.resource !== asked.resource) return false
  if (right.namespace !== '' && right.namespace !== asked.namespace) return false
  if (right.verb !== asked.verb && !(right.verb === 'create' && isCreatingPatch(asked))) return false
  return right.name === '' || right.name === asked.name
}

/** A server-side apply of what is not there takes both rights. */
function isCreatingPatch({ verb, code }: Asked): boolean {
  return verb === 'patch' && code === 201
}
