/** Which programs pods run. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isReady, type Pod } from '../kube.ts'
import type { Place } from '../place.ts'

type Running = Pod & {
  readonly spec: { readonly containers: readonly { readonly image: string }[] }
}

const runs = ({ spec }: Running, image: string): boolean => spec.containers[0]?.image === image

/** Those that run another. @param select arguments of `kubectl get pods` */
export async function otherThan(place: Place, select: readonly string[], image: string): Promise<Pod[]> {
  return (await place.kube.get<Running[]>('pods', ...select)).filter(pod => !runs(pod, image))
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
    const pods = await place.kube.get<Running[]>('pods', ...select)
    const so = pods.every(pod => isReady(pod) && runs(pod, image))
    if (so && pods.length > 0 && (count === undefined || pods.length === count)) return true
  }
  return false
}
