/** What went wrong with a request, as a plain value: the API server's Status, or what the network did. */
import type { SwitchboardError } from '#errors/registry.ts'
import * as errors from './errors.ts'

/** One field that another manager owns. */
export interface FieldOwner {
  /** Such as `.spec.replicas`. */
  readonly field: string
  /** Such as `kubectl` or `argocd-controller`. */
  readonly manager: string
}

export type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'busy'
  | 'expired'
  | 'forbidden'
  | 'notFound'
  | 'notServed'
  | 'exists'
  | 'owned'
  | 'replaced'
  | 'conflict'
  | 'refused'
  | 'garbled'
  | 'tooLarge'
  | 'closed'

export interface Failure {
  readonly kind: FailureKind
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number
  readonly reason: string
  readonly message: string
  /** When the server says how long to wait, in milliseconds. */
  readonly retryAfterMs: number | null
  /** On `owned`: who owns what. */
  readonly owners: readonly FieldOwner[]
}

interface Status {
  readonly kind?: unknown
  readonly code?: unknown
  readonly reason?: unknown
  readonly message?: unknown
  readonly details?: {
    readonly name?: unknown
    readonly retryAfterSeconds?: unknown
    readonly causes?: readonly { reason?: string; message?: string; field?: string }[]
  }
}

/** Reads a failure from an answer's status line and body, or from the object of an ERROR line of a watch. */
export function failureFrom(httpStatus: number, body: unknown, retryAfter: string | null = null): Failure {
  const status: Status = typeof body === 'object' && body !== null ? body : {}
  const code = typeof status.code === 'number' ? status.code : httpStatus
  const reason = typeof status.reason === 'string' ? status.reason : ''
  const message =
    typeof status.message === 'string' ? status.message : typeof body === 'string' ? body.slice(0, 200) : ''
  const causes = status.details?.causes ?? []
  const owners = causes
    .filter(cause => cause.reason === 'FieldManagerConflict')
    .map(cause => ({
      field: cause.field ?? '',
      manager: /conflict with "([^"]+)"/.exec(cause.message ?? '')?.[1] ?? '',
    }))
  const named = code !== 404 || typeof status.details?.name === 'string'
  const wait = status.details?.retryAfterSeconds
  const seconds = typeof wait === 'number' ? wait : Number.parseInt(retryAfter ?? '', 10)
  return {
    kind: kindOf(
      code,
      named ? reason : '',
      message,
      owners.length > 0,
      causes.some(cause => cause.field === 'metadata.uid'),
    ),
    status: code,
    reason,
    message,
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null,
    owners,
  }
}

function kindOf(code: number, reason: string, message: string, owned: boolean, otherUid: boolean): FailureKind {
  // An apply with the uid of an object whose name another has now is an invalid change of an immutable field.
  if (code === 422 && otherUid) return 'replaced'
  if (code === 409) {
    if (owned) return 'owned'
    if (reason === 'AlreadyExists') return 'exists'
    // The words of apimachinery's preconditions and of a server-side apply to a uid that is gone.
    return /UID in (the )?precondition|uid mismatch/i.test(message) ? 'replaced' : 'conflict'
  }
  // What is missing has a name; a resource or path that is not served has none.
  if (code === 404) return reason === 'NotFound' ? 'notFound' : 'notServed'
  if (code === 410) return 'expired'
  if (code === 401 || code === 403) return 'forbidden'
  // 429: priority and fairness, or an eviction that a budget holds back; both come with words of their own.
  if (code === 429 || code === 503 || (code === 500 && reason === 'ServerTimeout')) return 'busy'
  return code === 504 ? 'timeout' : 'refused'
}

/** A failure with no answer from the server. */
export function failureOfKind(kind: FailureKind, message: string): Failure {
  return { kind, status: 0, reason: '', message, retryAfterMs: null, owners: [] }
}

/** The failure inside an error of this runtime; null for any other error. */
export function failureOf(error: unknown): Failure | null {
  return error instanceof KubeFailure ? error.failure : error instanceof Error ? failureOf(error.cause ?? null) : null
}

/** Carries a {@link Failure} as the cause of an error. */
class KubeFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message === '' ? failure.kind : failure.message)
    this.name = 'KubeFailure'
    this.failure = failure
  }
}

/** Makes the error with code and help. `what` names the request: `apply pods acme/reception-1-x`. */
export function errorOf(what: string, failure: Failure, waitedMs = 0): SwitchboardError {
  return MAKE[failure.kind](what, failure, { cause: new KubeFailure(failure) }, waitedMs)
}

type Make = (what: string, failure: Failure, cause: { cause: Error }, waitedMs: number) => SwitchboardError

const MAKE: Readonly<Record<FailureKind, Make>> = {
  unreachable: (what, f, cause) => errors.kubeUnreachable(what, f.message, cause),
  timeout: (what, _f, cause, waitedMs) => errors.kubeTimeout(what, waitedMs, cause),
  busy: (what, f, cause) => errors.kubeBusy(what, f.message, cause),
  expired: (what, f, cause) => errors.kubeExpired(what, f.message, cause),
  forbidden: (what, f, cause) => errors.kubeForbidden(what, f.message, cause),
  notFound: (what, f, cause) => errors.kubeNotFound(what, f.message, cause),
  notServed: (what, f, cause) => errors.kubeNotServed(what, f.message, cause),
  exists: (what, _f, cause) => errors.kubeExists(what, cause),
  owned: (what, f, cause) => errors.kubeOwned(what, f.owners.map(o => `${o.field} of ${o.manager}`).join(', '), cause),
  replaced: (what, f, cause) => errors.kubeReplaced(what, f.message, cause),
  conflict: (what, f, cause) => errors.kubeConflict(what, f.message, cause),
  refused: (what, f, cause) => errors.kubeRefused(what, f.status, f.reason, f.message, cause),
  garbled: (what, f, cause) => errors.kubeGarbled(what, f.message, cause),
  tooLarge: (what, f, cause) => errors.kubeTooLarge(what, f.message, cause),
  closed: (what, _f, cause) => errors.kubeClosed(what, cause),
}
