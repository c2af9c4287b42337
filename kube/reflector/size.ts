/** About how much memory a JSON value takes in V8, in bytes: enough to see a cache grow, not to the byte. */

const HEADER = 24
const SLOT = 8

export function sizeOf(value: unknown): number {
  let bytes = 0
  const open: unknown[] = [value]
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next === 'string') bytes += HEADER + next.length
    else if (Array.isArray(next)) {
      bytes += HEADER + SLOT * next.length
      for (const item of next) if (item !== undefined) open.push(item)
    } else if (typeof next === 'object' && next !== null) {
      const items = Object.values(next)
      bytes += HEADER + SLOT * items.length
      for (const item of items) if (item !== undefined) open.push(item)
    } else bytes += SLOT
  }
  return bytes
}
