/** Label selectors, as Kubernetes reads them. */
import type { LabelSelector } from './sip-trunk.ts'

/** Whether a selector selects an object by its labels. An empty selector selects everything; NotIn also selects what lacks the label. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return (
    wanted &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const has = Object.hasOwn(labels, key)
      const listed = has && values.includes(labels[key] ?? '')
      switch (operator) {
        case 'In':
          return listed
        case 'NotIn':
          return !listed
        case 'Exists':
          return has
        case 'DoesNotExist':
          return !has
      }
    })
  )
}
