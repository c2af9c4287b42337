/** Waits for all, also when one has failed: a turn that is over has nothing under way. */
export async function allOf<T extends readonly unknown[]>(
  ...works: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(works)
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results.map(result => (result.status === 'fulfilled' ? result.value : undefined)) as never
}
