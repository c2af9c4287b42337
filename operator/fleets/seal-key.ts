/** The key of seals, in a Secret of the operator's own namespace. Made once; it outlives every operator and is never changed by one. */
import type { Client } from '#kube/client/client.ts'
import { failureOf } from '#kube/failure.ts'
import type { KubeObject } from '#kube/object.ts'
import type { Resource } from '#kube/resource.ts'
import { badSealKey } from './errors.ts'
import { MANAGED_BY, MANAGED_BY_LABEL, SEAL_SECRET } from './names.ts'
import { Seals } from './seal.ts'

const SECRETS: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }
const KEY = 'key'
const KEY_BYTES = 32

/**
 * Reads the key, or makes it. Of several operators that make one, one does, and the others read it.
 *
 * @param random makes bytes that nobody can guess
 * @throws SB_KUBE_…, SB_FLEETS_SEAL_KEY
 */
export async function openSeals(
  client: Pick<Client, 'get' | 'create'>,
  namespace: string,
  random: (bytes: number) => Uint8Array,
): Promise<Seals> {
  const name = { namespace, name: SEAL_SECRET }
  const there = await client.get(SECRETS, name)
  if (there !== null) return sealsOf(there)
  try {
    const data = { [KEY]: Buffer.from(random(KEY_BYTES)).toString('base64') }
    const metadata = { ...name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } }
    const secret = { metadata, type: 'Opaque', immutable: true, data }
    return sealsOf(await client.create(SECRETS, secret))
  } catch (error) {
    if (failureOf(error)?.kind !== 'exists') throw error
  }
  const made = await client.get(SECRETS, name)
  if (made === null) throw badSealKey(`${namespace}/${SEAL_SECRET}`)
  return sealsOf(made)
}

function sealsOf(secret: KubeObject): Seals {
  const encoded = (secret['data'] as Readonly<Record<string, unknown>> | undefined)?.[KEY]
  const key = Buffer.from(typeof encoded === 'string' ? encoded : '', 'base64')
  const { namespace, name } = secret.metadata
  if (key.length < KEY_BYTES) throw badSealKey(`${namespace ?? ''}/${name}`)
  return new Seals([key])
}
