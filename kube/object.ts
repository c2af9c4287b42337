/** Objects as the API server gives them. */

/** The part of metadata that this runtime looks at. */
export interface ObjectMeta {
  name: string
  namespace?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  managedFields?: ManagedFields[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Who set which fields: `fieldsV1` in the format of structured-merge-diff. */
export interface ManagedFields {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource?: string
  time?: string
  fieldsType?: string
  fieldsV1?: FieldSet
}

/** `f:name` a field, `k:{…}` an item of a map list, `v:…` a member of a set, `i:0` an item by place, `.` the thing itself. */
export interface FieldSet {
  [path: string]: FieldSet
}

/** Any object of the API. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** One page of a list. */
export interface ListPage {
  readonly resourceVersion: string
  /** Token of the next page; null on the last. */
  readonly continue: string | null
  readonly items: readonly KubeObject[]
}

/** One line of a watch. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubeObject
}
