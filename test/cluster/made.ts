/**
 * What was made, so that it can be taken down by whoever comes later: a line of JSON per thing, written before the thing is made or as soon as
 * it has a number. After a crash the file says all there is to remove.
 */

export interface Started {
  readonly made: 'process'
  readonly name: string
  readonly pid: number
  readonly start: number
}

/** One thing that was made. */
export type Made =
  /** First of a file. Of another boot: processes, namespaces, links and mounts are gone by themselves. */
  | { readonly made: 'boot'; readonly id: string }
  | { readonly made: 'folder'; readonly path: string }
  /** A folder that every cluster of this machine has its own mounted over: it goes with the last of them, for with it go all those mounts. */
  | { readonly made: 'mountpoint'; readonly path: string }
  /** `start`: clock ticks since boot, for a number is given again to somebody else. */
  | Started
  /** A test ended this one on purpose. */
  | { readonly made: 'ended'; readonly pid: number; readonly start: number }
  | { readonly made: 'namespace'; readonly name: string }
  | { readonly made: 'link'; readonly name: string }
  | { readonly made: 'route'; readonly to: string }
  | { readonly made: 'cgroup'; readonly path: string }
  /** `was`: what to put back. */
  | { readonly made: 'sysctl'; readonly key: string; readonly was: string }
  /** The cluster was up. */
  | { readonly made: 'up'; readonly at: string }

export function lineOf(thing: Made): string {
  return `${JSON.stringify(thing)}\n`
}

/** A last line that was cut off by a crash is left out: what it names was not made yet. @throws SyntaxError for any other that is no JSON */
export function parseMade(text: string): Made[] {
  const lines = text.split('\n')
  const cut = lines.pop()
  const made = lines.filter(line => line !== '').map(line => JSON.parse(line) as Made)
  if (cut === undefined || cut === '') return made
  try {
    return [...made, JSON.parse(cut) as Made]
  } catch {
    return made
  }
}

/** How to undo it: the newest first, of each thing once; what died with another boot left out. */
export function undoOf(made: readonly Made[], boot: string): Made[] {
  const sameBoot = made.some(thing => thing.made === 'boot' && thing.id === boot)
  const seen = new Set<string>()
  const steps: Made[] = []
  // A sysctl changed twice goes back to what it was before the first.
  const firsts = new Map(
    made
      .filter(t => t.made === 'sysctl')
      .map(t => [t.key, t] as const)
      .toReversed(),
  )
  for (const thing of made.toReversed()) {
    if (thing.made === 'boot' || thing.made === 'up' || thing.made === 'ended') continue
    if (thing.made !== 'folder' && thing.made !== 'mountpoint' && !sameBoot) continue
    const step = thing.made === 'sysctl' ? (firsts.get(thing.key) ?? thing) : thing
    const key = JSON.stringify(step)
    if (seen.has(key)) continue
    seen.add(key)
    steps.push(step)
  }
  return steps
}

/** Whether it came up, in this boot. */
export function wasUp(made: readonly Made[], boot: string): boolean {
  return made.some(t => t.made === 'boot' && t.id === boot) && made.some(t => t.made === 'up')
}

/** Processes that should be there: all that were started and not ended on purpose. */
export function livingOf(made: readonly Made[]): Started[] {
  const key = ({ pid, start }: { pid: number; start: number }): string => `${pid} ${start}`
  const ended = new Set(made.filter(thing => thing.made === 'ended').map(key))
  return made.filter(thing => thing.made === 'process').filter(thing => !ended.has(key(thing)))
}
