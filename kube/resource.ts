/** What can be asked of the API server, and the path it is asked at. */

/** A resource of the Kubernetes API. */
export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string
  readonly version: string
  /** The word in the URL, such as `pods`. */
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** Names one object; `namespace` is left out for objects of the cluster. */
export interface ObjectName {
  readonly namespace?: string | undefined
  readonly name: string
}

/** `namespace/name`, or `name` for objects of the cluster: client-go's cache key. */
export type ObjectKey = string

export function keyOf(object: ObjectName): ObjectKey {
  return object.namespace === undefined || object.namespace === '' ? object.name : `${object.namespace}/${object.name}`
}

export function nameOf(key: ObjectKey): ObjectName {
  const slash = key.indexOf('/')
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** `apps/v1` or `v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** The collection's path; over all namespaces when none is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  const inside = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${inside}/${resource.plural}`
}

export function objectPath(resource: Resource, object: ObjectName, subresource?: string): string {
  const path = `${collectionPath(resource, object.namespace)}/${encodeURIComponent(object.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** How a resource is named in messages: `pods`, `voiceagents.switchboard.dev`. */
export function titleOf(resource: Resource, object?: ObjectName): string {
  const title = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
  return object === undefined ? title : `${title} ${keyOf(object)}`
}
