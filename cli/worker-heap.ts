/** What a worker tells V8 of its heap, before there are calls. */
import { setFlagsFromString } from 'node:v8'

/**
 * What lives for seconds, a span or a turn, gets old and is garbage then, and V8 lets a heap of 45 MB grow by a tenth before all of it is marked: that was
 * every ten seconds at 40 calls, for a twelfth of the CPU, with a pause of the media loop each time. With as much room again it is every few minutes.
 */
const HEAP_GROWTH = '--heap-growing-percent=100'

export function setWorkerHeap(): void {
  setFlagsFromString(HEAP_GROWTH)
}
