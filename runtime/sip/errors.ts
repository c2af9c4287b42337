import { defineError, type ErrorDefinition } from '#errors/registry.ts'

/** What was wrong with a message, and the SIP status it deserves. Never thrown: a peer's mistake is a value. */
export interface Fault {
  readonly status: number
  /** Reason phrase for the wire: names the header or the limit, carries nothing of the peer's content. */
  readonly phrase: string
  /** Code of the registry, for logs and events. */
  readonly code: string
}

export const notSip = defineError(
  'SB_SIP_NOT_SIP',
  'not a SIP message',
  'Something else talks to the SIP port; check who sends to it.',
)
export const badStartLine = defineError(
  'SB_SIP_START_LINE',
  'malformed start line',
  'The peer sends a broken request or status line; capture it and report it to the peer.',
)
export const badVersion = defineError(
  'SB_SIP_VERSION',
  'SIP version not supported',
  'Only SIP/2.0 exists; the peer is broken.',
)
export const badUri = defineError(
  'SB_SIP_URI',
  'malformed URI',
  'Check the Request-URI that the trunk is configured to send.',
)
export const uriTooLong = defineError(
  'SB_SIP_URI_LENGTH',
  'Request-URI too long',
  'Shorten the URI configured at the carrier.',
)
export const badScheme = defineError('SB_SIP_SCHEME', 'URI scheme not supported', 'Use sip:, sips: or tel: URIs.')
export const missingHeader = defineError(
  'SB_SIP_HEADER_MISSING',
  'header %s is missing',
  'The peer leaves out a mandatory header; capture the message and report it to the peer.',
)
export const badHeader = defineError(
  'SB_SIP_HEADER',
  'header %s is malformed',
  'The peer sends a malformed header; capture the message and report it to the peer.',
)
export const tooLarge = defineError(
  'SB_SIP_TOO_LARGE',
  'message or header over a limit',
  'The peer sends more than any call needs; remove custom headers or bodies at the trunk.',
)
export const bodyTooLarge = defineError(
  'SB_SIP_BODY_LENGTH',
  'body too large',
  'The body is larger than any session description; check what the peer attaches.',
)
export const badLength = defineError(
  'SB_SIP_CONTENT_LENGTH',
  'Content-Length does not fit the message',
  'The peer or a middlebox cuts or pads messages.',
)
export const badFraming = defineError(
  'SB_SIP_FRAMING',
  'stream cannot be split into messages',
  'The connection was closed; the peer may open a new one.',
)
export const badExtension = defineError(
  'SB_SIP_EXTENSION',
  'required extension not supported',
  'The peer insists on an extension; make it optional at the peer (Supported instead of Require).',
)
export const badBodyType = defineError(
  'SB_SIP_BODY_TYPE',
  'body type not supported',
  'Only application/sdp, alone or inside a multipart body, is read.',
)
export const badSdp = defineError(
  'SB_SIP_SDP',
  'malformed session description',
  'The peer sends a broken SDP body; capture it and report it to the peer.',
)
export const noMediaFits = defineError(
  'SB_SIP_MEDIA',
  'no offered media can be used: %s',
  'Offer RTP/AVP audio with PCMU or PCMA.',
)
export const noMethod = defineError(
  'SB_SIP_METHOD',
  'method not allowed',
  'The request is not part of what an agent answers.',
)
export const noDialog = defineError(
  'SB_SIP_DIALOG',
  'dialog does not exist',
  'The call is over or belongs to another worker; check routing of requests inside a dialog.',
)
export const loop = defineError(
  'SB_SIP_LOOP',
  'the same request arrived twice by different paths',
  'A proxy forks to this worker twice; check the routing in front.',
)
export const outOfOrder = defineError(
  'SB_SIP_CSEQ',
  'CSeq is lower than one seen before',
  'Requests of one dialog overtook each other; nothing to do unless it is frequent.',
)
export const notAdmitted = defineError(
  'SB_SIP_FULL',
  'no new calls are taken',
  'The worker is full or draining; add pods or wait.',
)
export const noAck = defineError(
  'SB_SIP_NO_ACK',
  'no ACK for the answer',
  'The answer or the ACK is lost on the way: check the advertised address and the firewall.',
)
export const noAnswer = defineError(
  'SB_SIP_TIMEOUT',
  'no response to %s',
  'The peer does not answer: check its address, port and the firewall.',
)
export const unreachable = defineError(
  'SB_SIP_UNREACHABLE',
  'the peer cannot be reached',
  'The transport refused the message: check address, port and firewall.',
)
export const badAnswer = defineError(
  'SB_SIP_ANSWER',
  'the session description in the answer cannot be used',
  'The peer answered our offer with something else; capture it and report it to the peer.',
)

/** A fault with a status of its own and the words of its reason phrase. */
export function faultOf(definition: ErrorDefinition, status: number, phrase: string): Fault {
  return { status, phrase, code: definition.code }
}

/** A 400 that names the header. */
export function headerFault(header: string, missing = false): Fault {
  return missing
    ? faultOf(missingHeader, 400, `Missing ${header} Header`)
    : faultOf(badHeader, 400, `Malformed ${header} Header`)
}
