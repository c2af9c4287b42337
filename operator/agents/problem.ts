/** What stands in an agent's way: a word for machines, a sentence that a person can act on. */

export type AgentReason =
  | 'SpecNotUnderstood'
  | 'SpecInvalid'
  | 'ConfigMapMissing'
  | 'ConfigMapKeyMissing'
  | 'RevisionTooLarge'
  | 'CredentialMissing'
  | 'SecretMissing'
  | 'SecretUnlabelled'
  | 'SecretForbidden'
  | 'SecretKeyMissing'
  | 'NoNumbers'
  | 'TrunkMissing'
  | 'IngressNotServed'
  | 'TrunkNotShared'
  | 'NumberNotGranted'
  | 'NumberClaimed'
  | 'PromptsNotRendered'

export interface AgentProblem {
  readonly reason: string
  readonly message: string
  /** Nothing gets better until somebody does something. */
  readonly stalls: boolean
}

/** A problem of the spec or of what it refers to: only a person can end it. */
export function stalling(reason: AgentReason, message: string): AgentProblem {
  return { reason, message, stalls: true }
}

/** Sentences of several problems in one: the first few, and how many more there are. */
export function together(sentences: readonly string[], most = 3): string {
  const unique = [...new Set(sentences)]
  const more = unique.length - most
  return `${unique.slice(0, most).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}
