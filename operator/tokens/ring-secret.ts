/** The Secret in the operator's own namespace that keeps the ring. No secret of ours lies in a tenant's namespace. */
import type { KubeObject } from '#kube/object.ts'
import type { ObjectName, Resource } from '#kube/resource.ts'
import { tokenErrors } from './errors.ts'
import { type KeyRing, keyRingSchema, publicKeysOf } from './key-ring.ts'

export const SECRETS: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }

export const RING_SECRET = 'switchboard-token-keys'
/** The ring; and what of it may be shown, for whoever looks. */
const [RING, PUBLIC] = ['ring.json', 'jwks.json'] as const

/** @throws SwitchboardError SB_TOKENS_SECRET; nothing of the content is in it */
export function ringOf(secret: KubeObject): KeyRing {
  const data = secret['data'] as Readonly<Record<string, unknown>> | undefined
  const text = data?.[RING]
  const { success, data: ring, error } = keyRingSchema.safeParse(typeof text === 'string' ? parsed(text) : undefined)
  if (success) return ring
  const { path, message } = error.issues[0] ?? { path: [], message: '' }
  throw tokenErrors.badRing(`${secret.metadata.namespace}/${secret.metadata.name}`, `${path.join('.')}: ${message}`)
}

/** Over what is there, so that labels and the like of others stay. */
export function withRing<T extends object>(secret: T, ring: KeyRing): T & { readonly data: Record<string, string> } {
  return {
    ...secret,
    data: { [RING]: encoded(ring), [PUBLIC]: encoded(publicKeysOf(ring)) },
  }
}

export function newSecret(name: ObjectName): { readonly metadata: ObjectName; readonly type: string } {
  const labels = { 'app.kubernetes.io/managed-by': 'switchboard', 'app.kubernetes.io/component': 'tokens' }
  return { metadata: Object.assign({ labels }, name), type: 'Opaque' }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64')
}

function parsed(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
