/** What an error of the API server means for a fleet: a reason with a sentence, or only that the world has moved on. */
import { type Failure, type FailureKind, failureOf } from '#kube/failure.ts'
import type { Problem, ProblemReason } from './fleet.ts'
import { problem } from './problems.ts'

export type Refusal =
  /** It stands in the way until somebody acts. */
  | { readonly is: 'refused'; readonly problem: Problem }
  /** What was planned from is not so any more: look again. */
  | { readonly is: 'stale' }
  /** Nobody knows whether it was done. */
  | { readonly is: 'uncertain' }
  /** It was not done, and may be tried again soon. */
  | { readonly is: 'later' }

/** Kinds of failures that say that another was faster, and those with no word from the server. */
const STALE: ReadonlySet<FailureKind> = new Set(['conflict', 'replaced', 'notFound', 'exists', 'owned'])
const UNHEARD: ReadonlySet<FailureKind> = new Set(['unreachable', 'timeout', 'garbled', 'closed'])

export function refusalOf(error: unknown): Refusal {
  const failure = failureOf(error)
  if (failure === null) return { is: 'later' }
  if (STALE.has(failure.kind)) return { is: 'stale' }
  // Too many requests is said before anything is done; a server that is going away may have begun.
  if (failure.status === 429) return { is: 'later' }
  if (UNHEARD.has(failure.kind) || failure.status >= 500) return { is: 'uncertain' }
  return { is: 'refused', problem: problemOf(failure) }
}

/** In the order in which they are looked for: admission says 403 for most of them. */
const WORDS: readonly (readonly [RegExp, ProblemReason])[] = [
  [/being terminated|NamespaceTerminating/i, 'NamespaceTerminating'],
  [/exceeded quota|insufficient quota/i, 'QuotaExceeded'],
  [/violates PodSecurity/i, 'PodSecurity'],
  [/admission webhook|denied the request|ValidatingAdmissionPolicy/i, 'Refused'],
  [/cannot \w+ resource|not allowed to|cannot set blockOwnerDeletion/i, 'Forbidden'],
  [/maximum \w+ usage|minimum \w+ usage|LimitRange/i, 'Refused'],
]

function problemOf({ message, kind, reason }: Failure): Problem {
  const [, known] = WORDS.find(([words]) => words.test(message)) ?? []
  // The names of pods are made up anew each time; without them the same refusal reads the same.
  const detail = message.replace(/^pods "[^"]*" is forbidden: /, '')
  return problem(known ?? (kind === 'forbidden' && reason !== 'Forbidden' ? 'Forbidden' : 'Refused'), detail)
}
