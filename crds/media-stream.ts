/** The part of a SipTrunk that is for ingress MediaStream: a carrier that brings a call's audio over a WebSocket. */
import { z } from 'zod'
import { credentialsRef } from './reference.ts'
import { ruled } from './rule.ts'
import { UNFILLED } from './unfilled.ts'

/** Nothing but a carrier's test stand on this machine may do without TLS. */
const SECURE = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)[:/]|http:\/\/(127\.0\.0\.1|localhost)$)/
const SECURE_CEL = "self.startsWith('https://') || self.matches('^http://(127[.]0[.]0[.]1|localhost)([:/]|$)')"

const address = () =>
  z
    .string()
    .max(512)
    .regex(/^https?:\/\/[^\s?#@]+$/, 'a URL with https, without a user, a query or a fragment')

const publicURL = ruled(
  address().meta({
    description:
      'Where the carrier reaches the gateway from outside. Its signatures are over this URL, so it must be the one that was entered at the carrier, not what a proxy in between makes of it.',
    examples: ['https://voice.example.com'],
  }),
  {
    cel: SECURE_CEL,
    message: 'needs https: the carrier opens its media socket by wss only (http is for a simulator on 127.0.0.1)',
    holds: self => SECURE.test(self),
  },
)

export const mediaStream = z.strictObject({
  publicURL,
  accountSid: z
    .string()
    .max(34)
    .regex(/^AC[0-9a-f]{32}$/, 'an Account SID: AC and 32 hexadecimal digits')
    .meta({
      description: 'The account whose calls are taken. A call of another account is refused.',
      examples: ['AC00000000000000000000000000000000'],
    }),
  credentialsRef: credentialsRef.meta({
    ...credentialsRef.meta(),
    description:
      'The account’s Auth Token, in a Secret of the trunk’s namespace: it signs webhooks, and it opens the REST API. Only the gateway reads it.',
  }),
  transfer: z
    .enum(['None', 'Dial'])
    .default('None')
    .meta({
      [UNFILLED]: true,
      description:
        'How a caller is handed to somebody else. Dial: the carrier is asked to call there itself, and the call leaves us when that is answered; until then we have it back if nobody answers. None: not at all.',
    }),
  apiURL: address()
    .default('https://api.twilio.com')
    .meta({ description: 'The carrier’s REST API; another one for a region, or for a simulator.' }),
})
