import { defineError } from '#errors/registry.ts'

export const tokenErrors = {
  badRing: defineError(
    'SB_TOKENS_SECRET',
    'the Secret %s holds no usable keys: %s',
    'Delete the Secret: new keys are made at once, and workers take them within minutes; until then they count as busy.',
  ),
  contended: defineError(
    'SB_TOKENS_CONTENDED',
    'the Secret %s is changed by others all the time',
    'Only the operator writes this Secret: look in its managedFields for who else does.',
  ),
  closed: defineError(
    'SB_TOKENS_CLOSED',
    'tokens are not signed any more: the operator stops',
    'Nothing to do: this happens when a process stops.',
  ),
} as const
