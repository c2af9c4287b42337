/** The chart under test. */
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '#test/api/server.ts'
import type { Helm } from './helm.ts'

export const CHART = 'charts/switchboard'
export const CRD_CHART = 'charts/switchboard-crds'
/** Values that are rendered, accepted by a server and reviewed as snapshots. */
export const CASES = 'test/charts/cases'
export const NAMESPACE = 'switchboard-system'
export const RELEASE = 'switchboard'

/** What the chart renders. @throws Error with Helm's words, or when it is next to nothing */
export async function rendered(helm: Helm, namespace: string, ...args: readonly string[]): Promise<KubeObject[]> {
  const { out, err } = await helm('template', RELEASE, CHART, '-n', namespace, ...args)
  const objects = parseAllDocuments(out).map(document => document.toJS() as KubeObject)
  if (objects.length < 10) throw new Error(`the chart renders ${objects.length} objects: ${err}`)
  return objects
}
