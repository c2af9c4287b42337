/** Waits until something is true, looking every few milliseconds; false when it did not come true in time. */
export async function until(condition: () => boolean, withinMs = 10_000): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > end) return false
    await pause(5)
  }
  return true
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
