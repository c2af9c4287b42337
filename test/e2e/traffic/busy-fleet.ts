/** A fleet under calls that never stop, and who asks every second whether its pods may be evicted: for what happens to it meanwhile. */
import { WORKERS } from '../calls.ts'
import { type FollowedWorkers, followWorkers } from '../followed-workers.ts'
import type { Place } from '../place.ts'
import { EvictionWatch } from './eviction-watch.ts'
import { openEvictions } from './evictions.ts'
import { Traffic } from './traffic.ts'
import { Window } from './window.ts'

export interface BusyFleet {
  readonly workers: FollowedWorkers
  readonly traffic: Traffic
  /** What becomes of its calls is judged from here on. */
  window(): Window
  /** All calls are hung up. */
  close(): Promise<void>
}

/** Of the example, once it is installed. */
export async function openBusyFleet(place: Place): Promise<BusyFleet> {
  const workers = followWorkers(place, WORKERS)
  const evictions = await openEvictions(place)
  const traffic = new Traffic(place, workers)
  const watch = new EvictionWatch(evictions, workers, traffic)
  return {
    workers,
    traffic,
    window: () => new Window(traffic, watch),
    close: async () => {
      await traffic.stop()
      await watch.stop()
      await evictions.close()
      await workers.stop()
    },
  }
}
