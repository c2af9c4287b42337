import { defineError } from '#errors/registry.ts'

export const kubeConfigMissing = defineError(
  'SB_KUBE_CONFIG',
  'no Kubernetes cluster is configured: %s',
  'Set KUBECONFIG, or run in a pod with a service account token mounted.',
)
export const kubeUnreachable = defineError(
  'SB_KUBE_UNREACHABLE',
  'the API server does not answer %s: %s',
  'Check that the API server runs and can be reached from here; it is tried again by itself.',
)
export const kubeTimeout = defineError(
  'SB_KUBE_TIMEOUT',
  'no answer to %s within %s ms',
  'The API server is slow or the connection is half open; it is tried again on another connection.',
)
export const kubeRefused = defineError(
  'SB_KUBE_REFUSED',
  '%s was refused with %s %s: %s',
  'Read the words of the API server: they name the field, quota or policy that stands in the way.',
)
export const kubeForbidden = defineError(
  'SB_KUBE_FORBIDDEN',
  '%s is not allowed: %s',
  'Give the service account the verb and resource that are named, or install the chart of this version again.',
)
export const kubeNotFound = defineError(
  'SB_KUBE_NOT_FOUND',
  '%s: there is no such object: %s',
  'It was deleted, or its namespace was; observe again.',
)
export const kubeNotServed = defineError(
  'SB_KUBE_NOT_SERVED',
  '%s is not served: %s',
  'Install the CRDs of this version; the API server must know the resource.',
)
export const kubeBusy = defineError(
  'SB_KUBE_BUSY',
  'the API server asks to come back later for %s: %s',
  'It is tried again by itself; look at the API server, its priority levels and quotas when it lasts.',
)
export const kubeConflict = defineError(
  'SB_KUBE_CONFLICT',
  '%s: another writer was there first: %s',
  'Observe again and decide anew; it is tried again by itself.',
)
export const kubeReplaced = defineError(
  'SB_KUBE_REPLACED',
  '%s is another object now, or gone: %s',
  'The object was deleted or made anew meanwhile; nothing was changed. Observe again.',
)
export const kubeExists = defineError(
  'SB_KUBE_EXISTS',
  '%s is there already',
  'Observe again: another writer made it, or an earlier create did whose answer was lost.',
)
export const kubeOwned = defineError(
  'SB_KUBE_OWNED',
  '%s: fields belong to others: %s',
  'Take the fields out of the other manager, or out of what is applied here; one field has one owner.',
)
export const kubeExpired = defineError(
  'SB_KUBE_EXPIRED',
  'the history that %s continues from is gone: %s',
  'The list starts anew by itself; shorten --etcd-compaction-interval only with care.',
)
export const kubeGarbled = defineError(
  'SB_KUBE_GARBLED',
  '%s answered what is not Kubernetes JSON: %s',
  'A proxy may stand between: check the server address in the kubeconfig.',
)
export const kubeTooLarge = defineError(
  'SB_KUBE_TOO_LARGE',
  '%s answered more than %s bytes',
  'The objects of this kind are very large; fewer are asked for at once by itself.',
)
export const kubeWatchSilent = defineError(
  'SB_KUBE_WATCH_SILENT',
  'the watch of %s said nothing for %s ms, not even a bookmark',
  'It is opened again by itself; when it comes often, look for a proxy that holds connections half open.',
)
export const kubeCacheLarge = defineError(
  'SB_KUBE_CACHE_LARGE',
  'the cache of %s holds %s bytes, more than the %s expected',
  'Give the operator more memory: it holds what is in all namespaces.',
)
export const kubeHandlerFailed = defineError(
  'SB_KUBE_HANDLER',
  'a listener to changes of %s failed: %s',
  'A fault of Switchboard: please report it. The cache itself is right.',
)
export const kubeQueueStuck = defineError(
  'SB_KUBE_QUEUE_STUCK',
  'work on %s takes longer than %s ms; it was asked to stop',
  'Look at what it waits for in the logs; the key is not worked on again before this ends.',
)
export const kubeClientFull = defineError(
  'SB_KUBE_CLIENT_FULL',
  '%s requests wait for the API server already',
  'The API server is slower than what is asked of it; work is tried again by itself.',
)
export const kubeClosed = defineError(
  'SB_KUBE_CLOSED',
  '%s was given up: the client was closed',
  'Nothing to do: this happens when a process stops.',
)
export const kubeLeaseThread = defineError(
  'SB_KUBE_LEASE_THREAD',
  'the thread that renews the lease %s ended: %s',
  'The process must stop leading at once and be started again.',
)
export const kubeEventDropped = defineError(
  'SB_KUBE_EVENT_DROPPED',
  'an event about %s was dropped: %s',
  'Only the event is lost; conditions and logs say the same.',
)
