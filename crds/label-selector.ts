/** Label selectors, as Kubernetes reads them. */
import type { LabelSelector } from './sip-trunk.ts'

/** Whether a selector selects an object by its labels. An empty selector selects everything; NotIn also selects what lacks the label. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return wanted && (selector.matchExpressions ?? []).every(expression => holds(expression, labels))
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number]

function holds({ key, operator, values = [] }: Expression, labels: Readonly<Record<string, string>>): boolean {
  const label = Object.hasOwn(labels, key) ? labels[key] : undefined
  const listed = label !== undefined && values.includes(label)
  if (operator === 'In') return listed
  if (operator === 'NotIn') return !listed
  return (operator === 'Exists') === (label !== undefined)
}
