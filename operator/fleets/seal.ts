/**
 * Which pods we made. Anybody who may create pods in a namespace can put our labels, our annotations and an owner on one, so none of them
 * proves anything. Two MACs with a key that only operators have do:
 *
 * - the *birth*, put on at create, over the name and what the pod is for. It is there from the first instant, but can be copied to another
 *   pod of the same name once ours is gone.
 * - the *seal*, put on with the answer to the create, over the uid and what the pod is like. A uid is never used twice and is the server's
 *   to choose, so nobody can move a seal, and it holds for every operator after us.
 *
 * A pod with a birth and no seal is either ours, of a create whose answer was lost, or a copy. It has been given no revision, so it is
 * emptied and let go: cheaper than to find out.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { hashOf } from '#kube/apply/hash.ts'
import type { KubeObject } from '#kube/object.ts'
import { BIRTH_ANNOTATION, SEAL_ANNOTATION } from './names.ts'

/** What a pod was made for. */
export interface Birth {
  readonly agent: string
  readonly revision: string
  readonly revisionUid: string
  readonly template: string
}

const VERSION = 'v1'
/** Hex digits of a MAC: 128 bits. */
const MAC_LENGTH = 32

export class Seals {
  readonly #keys: readonly KeyObject[]

  /** @param keys the first one signs, all of them are believed: so that a key can be changed */
  constructor(keys: readonly Uint8Array[]) {
    if (keys.length === 0 || keys.some(key => key.length < 32)) throw new RangeError('a seal needs keys of 32 bytes')
    this.#keys = keys.map(key => createSecretKey(key))
  }

  birthOf(namespace: string, name: string, birth: Birth): string {
    const words = [VERSION, birth.agent, birth.revision, birth.revisionUid, birth.template]
    return [...words, this.#sign(0, 'birth', namespace, name, ...words)].join('/')
  }

  /** What the pod was made for; null when we did not give out this name for it. */
  readBirth(object: KubeObject): Birth | null {
    const { namespace = '', name, annotations } = object.metadata
    const words = annotations?.[BIRTH_ANNOTATION]?.split('/') ?? []
    const [version, agent = '', revision = '', revisionUid = '', template = '', mac = ''] = words
    if (version !== VERSION || words.length !== 6) return null
    if (!this.#holds(mac, 'birth', namespace, name, ...words.slice(0, -1))) return null
    return { agent, revision, revisionUid, template }
  }

  /** @param object as the API server answered our create */
  sealOf(object: KubeObject): string {
    const content = contentOf(object)
    return [VERSION, content, this.#sign(0, ...sealed(object, content))].join('/')
  }

  /** `sealed`: this uid came of our create. `edited`: and is not what it was then. */
  readSeal(object: KubeObject): 'none' | 'sealed' | 'edited' {
    const [version, content = '', mac = '', more] = object.metadata.annotations?.[SEAL_ANNOTATION]?.split('/') ?? []
    if (version !== VERSION || more !== undefined) return 'none'
    if (!this.#holds(mac, ...sealed(object, content))) return 'none'
    return content === contentOf(object) ? 'sealed' : 'edited'
  }

  #holds(mac: string, ...words: string[]): boolean {
    const given = Buffer.from(mac)
    return this.#keys.some((_, key) => {
      const right = Buffer.from(this.#sign(key, ...words))
      return right.length === given.length && timingSafeEqual(right, given)
    })
  }

  #sign(key: number, ...words: string[]): string {
    const secret = this.#keys[key]
    if (secret === undefined) throw new RangeError(`there is no key ${key}`)
    // JSON, so that no two lists of words are the same text.
    return createHmac('sha256', secret).update(JSON.stringify(words)).digest('hex').slice(0, MAC_LENGTH)
  }
}

const sealed = (object: KubeObject, content: string): string[] => [
  'seal',
  object.metadata.uid,
  object.metadata.annotations?.[BIRTH_ANNOTATION] ?? '',
  content,
]

/** Labels that decide who selects the pod. */
const OUR_LABEL = /^(switchboard\.dev|app\.kubernetes\.io)\//

/** What can be changed on a living pod and makes it another: hashed as it came out of admission, so mutating webhooks do not count. */
function contentOf(object: KubeObject): string {
  const spec = (object['spec'] ?? {}) as {
    containers?: readonly { name: string; image?: string }[]
    initContainers?: readonly { name: string; image?: string }[]
    tolerations?: unknown
    activeDeadlineSeconds?: number
  }
  const images = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(c => [c.name, c.image])
  return hashOf({
    labels: Object.fromEntries(Object.entries(object.metadata.labels ?? {}).filter(([key]) => OUR_LABEL.test(key))),
    owners: (object.metadata.ownerReferences ?? []).map(owner => owner.uid),
    images,
    tolerations: spec.tolerations ?? [],
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
  })
}
