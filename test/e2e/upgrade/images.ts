/** Which programs pods run. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from '../place.ts'

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string }
  readonly spec: { readonly containers: readonly { readonly image: string }[] }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** @param select arguments of `kubectl get pods` */
export async function imagesOf(place: Place, select: readonly string[]): Promise<string[]> {
  const pods = await place.kube.get<Pod[]>('pods', ...select)
  return pods.map(({ spec }) => spec.containers[0]?.image ?? '')
}

/** Whether in the end all of them run this image and are Ready, `count` of them where it is given. */
export async function comesTo(
  place: Place,
  select: readonly string[],
  image: string,
  ms: number,
  count?: number,
): Promise<boolean> {
  for (const until = performance.now() + ms; performance.now() < until; await sleep(500)) {
    const pods = await place.kube.get<Pod[]>('pods', ...select)
    const so = pods.every(
      ({ metadata, spec, status }) =>
        metadata.deletionTimestamp === undefined &&
        spec.containers[0]?.image === image &&
        status.conditions?.some(c => c.type === 'Ready' && c.status === 'True') === true,
    )
    if (so && pods.length > 0 && (count === undefined || pods.length === count)) return true
  }
  return false
}
