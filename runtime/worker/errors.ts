import { defineError } from '#errors/registry.ts'

export const workerErrors = {
  sipPortTaken: defineError(
    'SB_WORKER_SIP_PORT',
    'cannot listen for SIP on %s:%s (%s)',
    'Another process holds the port, or the address is not of this machine: choose another with --sip-port or --sip-host.',
  ),
  httpPortTaken: defineError(
    'SB_WORKER_HTTP_PORT',
    'cannot listen for HTTP on %s:%s (%s)',
    'Another process holds the port: choose another with --http-port.',
  ),
  noMediaPort: defineError(
    'SB_WORKER_MEDIA_PORTS',
    'no free media port in %s-%s',
    'Widen --rtp-ports: a call takes two ports, and a port rests for a while after its call.',
  ),
  badPortRange: defineError(
    'SB_WORKER_PORT_RANGE',
    'the port range "%s" is not usable',
    'Write FROM-TO, such as 20000-24000, with FROM at least 1024 and room for two ports per slot.',
  ),
  nothingToAnswer: defineError(
    'SB_WORKER_NOTHING_TO_ANSWER',
    'no agent in %s answers a number',
    'Give a VoiceAgent an entry in spec.inbound with a number that its SipTrunk grants.',
  ),
  noCredential: defineError(
    'SB_WORKER_CREDENTIAL',
    'no credential for agent %s: %s',
    'Put a Secret of that name and key beside the manifests, or set OPENAI_API_KEY in the environment.',
  ),
  badClip: defineError(
    'SB_WORKER_CLIP',
    'the clip %s cannot be played: %s',
    'Use a mono WAV file: G.711, or 16-bit PCM at 8, 16 or 24 kHz, at most 60 s long.',
  ),
  badRevision: defineError(
    'SB_WORKER_REVISION',
    'the revision %s is not accepted: %s',
    'Send the revision as the operator resolves it; see runtime/contract/revision.ts.',
  ),
  revisionsBusy: defineError(
    'SB_WORKER_REVISIONS_BUSY',
    'the revision %s is not read now',
    'Others are being read, or the worker stops: try again in a moment.',
  ),
  badTokenKeys: defineError(
    'SB_WORKER_TOKEN_KEYS',
    'the keys of tokens in %s cannot be used: %s',
    'Mount the JWKS that the operator writes: Ed25519 public keys with a kid each. Without --token-keys only this machine may use the API.',
  ),
  noPodUid: defineError(
    'SB_WORKER_POD_UID',
    'tokens are for one pod, and this worker does not know which one it is',
    'Set POD_UID from metadata.uid by the downward API, or leave --token-keys out.',
  ),
  noState: defineError(
    'SB_WORKER_STATE',
    'nothing can be kept in %s: %s',
    'Give --state a directory that the worker may write to; in a pod, on a volume, so that it outlives the container.',
  ),
  callFault: defineError(
    'SB_WORKER_CALL_FAULT',
    'a call was ended by an error of ours: %s',
    'This is a bug in Switchboard: please report it with the log lines of this call id.',
  ),
} as const
