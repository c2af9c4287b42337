/** Errors of the model side of a call. Vendors' own codes travel beside them, in messages and in `error` events. */
import { defineError } from '#errors/registry.ts'

export const sessionConnect = defineError(
  'SB_SESSION_CONNECT',
  'no connection to the model provider: %s',
  'Check that the provider (or the baseURL of the model) can be reached from the worker: DNS, egress policy, proxy.',
)
export const sessionTimeout = defineError(
  'SB_SESSION_TIMEOUT',
  'the model provider did not make the session ready within %s ms',
  'Check the provider’s status and the network between worker and provider.',
)
export const sessionUnauthorized = defineError(
  'SB_SESSION_UNAUTHORIZED',
  'the model provider refused the credential: %s',
  'Put a valid key with access to the model into the Secret that model.credentialsRef names.',
)
export const sessionNotFound = defineError(
  'SB_SESSION_NOT_FOUND',
  'the model provider does not know the model or the address: %s',
  'Check the name of the model and its baseURL under spec.model.',
)
export const sessionLimited = defineError(
  'SB_SESSION_LIMITED',
  'the model provider is limiting us: %s',
  'Raise the quota with the provider, or spread calls over more keys.',
)
export const sessionRefused = defineError(
  'SB_SESSION_REFUSED',
  'the model provider refused the session: %s',
  'Correct the field the provider names under spec.model; unknown vendor fields come from its extra.',
)
export const sessionUnavailable = defineError(
  'SB_SESSION_UNAVAILABLE',
  'the model provider failed: %s',
  'Nothing to do on this side; see the provider’s status page. A new session is tried.',
)
export const sessionExpired = defineError(
  'SB_SESSION_EXPIRED',
  'the model provider ended the session at its time limit',
  'Sessions are rolled over before this; if it is seen, lower the configured session limit to what the provider really gives.',
)
export const sessionDropped = defineError(
  'SB_SESSION_DROPPED',
  'the connection to the model provider ended: %s',
  'A new session is opened with the conversation replayed. Seen often, look at the network and the provider’s status.',
)
export const sessionSilent = defineError(
  'SB_SESSION_SILENT',
  'the model provider gave no sign of life for %s ms',
  'Treated as a dropped connection. Look for a proxy or firewall that forgets idle connections.',
)
export const sessionStalled = defineError(
  'SB_SESSION_STALLED',
  'the model provider stopped reading: %s bytes wait',
  'Treated as a dropped connection. Look at the network between worker and provider.',
)
export const sessionBehind = defineError(
  'SB_SESSION_BEHIND',
  '%s ms of caller audio were dropped because the connection to the model provider is slow',
  'Look at the worker’s uplink; the model hears gaps while this lasts.',
)
export const sessionFormat = defineError(
  'SB_SESSION_FORMAT',
  'the provider has no audio format %s at %s Hz',
  'Open the session in one of the formats its capabilities list.',
)
export const sessionNotReady = defineError(
  'SB_SESSION_NOT_READY',
  'the session got the command %s before it was ready',
  'A fault of the caller of the session: wait for ready.',
)
export const sessionProtocol = defineError(
  'SB_SESSION_PROTOCOL',
  'the model provider sent a message that could not be understood (%s)',
  'Report it with the type named here; the message was skipped.',
)
export const sessionTranscription = defineError(
  'SB_SESSION_TRANSCRIPTION',
  'the caller’s words could not be transcribed: %s',
  'The conversation goes on; check model.openAI.transcription and the provider’s quota for its model.',
)
export const sessionAddress = defineError(
  'SB_SESSION_ADDRESS',
  'the address of the model provider is not a usable URL',
  'Give baseURL as wss://, https://, ws:// or http:// without user name, password or key.',
)
