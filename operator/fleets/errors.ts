import { defineError } from '#errors/registry.ts'

export const badSealKey = defineError(
  'SB_FLEETS_SEAL_KEY',
  'Secret %s holds no key for the seals of pods',
  'Restore the Secret from a backup. If there is none, delete it: a new key is made, and worker pods of before are left alone as strangers.',
)
