import { defineError } from '#errors/registry.ts'

export const loadErrors = {
  unreachable: defineError(
    'SB_LOADS_UNREACHABLE',
    'the worker %s does not answer %s: %s',
    'It is tried again by itself; when it lasts, look at the pod, and at what stands between it and the operator (NetworkPolicy).',
  ),
  unauthorized: defineError(
    'SB_LOADS_UNAUTHORIZED',
    'the worker %s does not take our token for %s',
    'It has other keys: they reach it within minutes after a change. When it lasts, look at the ConfigMap of keys in its namespace.',
  ),
  refused: defineError(
    'SB_LOADS_REFUSED',
    'the worker %s refuses %s with %s: %s',
    'Read the words of the worker; an older one may not know a field that this operator sends.',
  ),
  garbled: defineError(
    'SB_LOADS_GARBLED',
    'the worker %s answered %s with what is none of our answers',
    'Something else may listen at the address of the pod; it counts as busy until a worker answers.',
  ),
} as const
