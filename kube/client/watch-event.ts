/** One line of a watch's stream. */
import type { WatchEvent } from '../object.ts'

/** @returns null for what is no event */
export function eventOf(line: string): WatchEvent | null {
  try {
    const event = JSON.parse(line) as Partial<WatchEvent>
    return typeof event.type === 'string' && typeof event.object === 'object' ? (event as WatchEvent) : null
  } catch {
    return null
  }
}
