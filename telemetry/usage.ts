/** Raw usage of providers, added up: numeric leaves by their dotted path, whatever the vendor calls them. */
export type UsageSum = Record<string, number>

const MAX_DEPTH = 6
const MAX_KEYS = 64

/** Adds the numbers in `usage` to `sum`, in place. Text, arrays and too many or too deep keys are left out. */
export function addUsage(sum: UsageSum, usage: unknown): void {
  add(sum, usage, '', 0)
}

function add(sum: UsageSum, value: unknown, path: string, depth: number): void {
  if (typeof value === 'number' && Number.isFinite(value) && path !== '') {
    if (path in sum || Object.keys(sum).length < MAX_KEYS) sum[path] = (sum[path] ?? 0) + value
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < MAX_DEPTH) {
    for (const [key, inner] of Object.entries(value)) add(sum, inner, path === '' ? key : `${path}.${key}`, depth + 1)
  }
}
