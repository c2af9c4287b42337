/** What must never change of a revision once it is made: its snapshot, with the hash in it, and that it is the same object. */
import { canonicalJson } from '#crds/canonical.ts'
import type { Place } from '../place.ts'
import { AGENT } from '../release.ts'

interface Revision {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly snapshot: { readonly hash: string } }
}

export interface Snapshots {
  /** Remembers those that are new. @returns their names */
  take(): Promise<string[]>
  /** Revisions that are not what they were, in words; none is the aim. */
  changed(): Promise<string[]>
  readonly size: number
}

export function openSnapshots(place: Place): Snapshots {
  const known = new Map<string, string>()
  const read = async (): Promise<Map<string, string>> => {
    const revisions = await place.kube.get<Revision[]>('voiceagentrevisions', '-n', AGENT.namespace)
    return new Map(
      revisions.map(({ metadata, spec }) => [metadata.name, `${metadata.uid} ${canonicalJson(spec.snapshot)}`]),
    )
  }
  return {
    take: async () => {
      const added = [...(await read())].filter(([name]) => !known.has(name))
      for (const [name, is] of added) known.set(name, is)
      return added.map(([name]) => name)
    },
    changed: async () => {
      const now = await read()
      return [...known].flatMap(([name, was]) => {
        const is = now.get(name)
        return is === was ? [] : [`${name} ${is === undefined ? 'is gone' : 'has another snapshot'}`]
      })
    },
    get size() {
      return known.size
    },
  }
}
