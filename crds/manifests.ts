/** The way in for whoever holds manifests: `validate`, `switchboard run`. */
import { checkReferences } from './check-references.ts'
import { byPlace } from './problem.ts'
import { type Manifests, type ManifestText, readManifests } from './read-manifests.ts'

/** Reads manifests and checks them, each by itself and all together. */
export function checkManifests(texts: readonly ManifestText[]): Manifests {
  const manifests = readManifests(texts)
  return { ...manifests, problems: [...manifests.problems, ...checkReferences(manifests)].toSorted(byPlace) }
}
