/** Parts of a suite, and what they take that not every place gives. Pure. */

/** Hands on machines; or whole nodes to be emptied, which on a cluster of somebody else's are not ours alone. */
export type Takes = 'machines' | 'nodes'

export interface Given {
  /** Whether there are hands on the machines. The cluster is a test's own then, with all of its nodes. */
  readonly machines: boolean
  /** Whether nodes may be emptied all the same: `--nodes yes`. */
  readonly nodes: boolean
}

const WHY: Readonly<Record<Takes, string>> = {
  machines: 'that takes hands on the machines, which the cluster of this machine alone gives: unset KUBECONFIG',
  nodes: 'that empties whole nodes of a cluster that may not be yours alone: --nodes yes allows it',
}

export function isGiven(takes: Takes | undefined, { machines, nodes }: Given): boolean {
  return takes === undefined || machines || (takes === 'nodes' && nodes)
}

/** Sentences for the report, one per reason: what is not run does not count as passed. @param takes by the names of the parts that were asked for */
export function notRun(takes: Readonly<Record<string, Takes | undefined>>, given: Given): string[] {
  return (['machines', 'nodes'] as const).flatMap(kind => {
    const names = Object.keys(takes).filter(name => takes[name] === kind && !isGiven(kind, given))
    return names.length === 0 ? [] : [`not run: ${names.join(', ')}, for ${WHY[kind]}`]
  })
}
