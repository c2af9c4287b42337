/** A client whose writes go out only while this process leads: it is asked at the last moment, not when work began. */
import type { Client } from '#kube/client/client.ts'
import { titleOf } from '#kube/resource.ts'
import { operatorErrors } from '#operator/errors.ts'
import type { Versioned } from './own-writes.ts'

export type LeaderClient = Pick<Client, 'get' | 'create' | 'apply' | 'replace' | 'delete' | 'fieldManager'>

/**
 * @param wrote gets what the API server answered to each write
 * @throws by each write, SB_OPERATOR_NOT_LEADING
 */
export function fenced(client: Client, leads: () => boolean, wrote: (object: Versioned) => void): LeaderClient {
  const check = (what: string): Promise<void> =>
    leads() ? Promise.resolve() : Promise.reject(operatorErrors.notLeading(what))
  const noted = <T>(answer: T): T => {
    const { metadata } = answer as { metadata?: Partial<Versioned> }
    const { uid, resourceVersion } = metadata ?? {}
    if (uid !== undefined && resourceVersion !== undefined) wrote({ uid, resourceVersion })
    return answer
  }
  return {
    fieldManager: client.fieldManager,
    get: (resource, object, options) => client.get(resource, object, options),
    create: async (resource, object, options) => {
      await check(`create ${titleOf(resource, object.metadata)}`)
      return noted(await client.create(resource, object, options))
    },
    apply: async (resource, object, options) => {
      await check(`apply ${titleOf(resource, object.metadata)}`)
      return noted(await client.apply(resource, object, options))
    },
    replace: async (resource, object, options) => {
      await check(`replace ${titleOf(resource, object.metadata)}`)
      return noted(await client.replace(resource, object, options))
    },
    delete: async (resource, object, options) => {
      await check(`delete ${titleOf(resource, object)}`)
      return client.delete(resource, object, options)
    },
  }
}
