import { defineError } from '#errors/registry.ts'

export const operatorErrors = {
  notLeading: defineError(
    'SB_OPERATOR_NOT_LEADING',
    '%s was not sent: this operator does not lead any more',
    'Nothing to do: another operator leads, or this one will again.',
  ),
  revisionUnwritten: defineError(
    'SB_OPERATOR_REVISION',
    'revision %s of VoiceAgent %s is not there yet',
    'It is looked for again by itself; when it stays so, look who deletes or makes VoiceAgentRevisions.',
  ),
  stepFailed: defineError(
    'SB_OPERATOR_STEP',
    'a step for VoiceAgent %s failed: %s',
    'It is tried again by itself; the cause says what stands in the way.',
  ),
  httpPortTaken: defineError(
    'SB_OPERATOR_PORT',
    'cannot listen on %s port %s: %s',
    'Stop what uses the port, or choose another with --http-port.',
  ),
  noNamespace: defineError(
    'SB_OPERATOR_NAMESPACE',
    'the operator does not know its own namespace',
    'Set POD_NAMESPACE by the downward API, or pass --namespace.',
  ),
} as const
