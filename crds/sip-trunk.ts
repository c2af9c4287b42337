/** SipTrunk: how calls come in through one carrier or PBX, and who may claim its numbers. */
import { z } from 'zod'
import { presetNames } from './carrier-ranges.ts'
import { isCidr, isMasked, maskedCidr, meantCidr } from './cidr.ts'
import { headerName } from './context.ts'
import { mediaStream } from './media-stream.ts'
import { numberFormShape, oneNumberForm } from './number-form.ts'
import { API_VERSION, conditions, metadata } from './object.ts'
import { sipOutbound, sipTransfer, trunkOutboundOf } from './outbound.ts'
import { exactlyOne, ruled } from './rule.ts'

const labelKey = z.string().min(1).max(317)

/** `metav1.LabelSelector`: an empty one selects everything. */
const labelSelector = z.strictObject({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .optional()
    .meta({ description: 'Labels that must be there with these values.', maxProperties: 16 }),
  matchExpressions: z
    .array(
      ruled(
        z.strictObject({
          key: labelKey.meta({ description: 'The label.' }),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta({ description: 'How it is compared.' }),
          values: z
            .array(z.string().max(63))
            .max(64)
            .optional()
            .meta({ description: 'For In and NotIn.', 'x-kubernetes-list-type': 'atomic' }),
        }),
        {
          cel: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
          message: 'values is for In and NotIn, which need at least one',
          holds: e =>
            (e.operator === 'In' || e.operator === 'NotIn') === (e.values !== undefined && e.values.length > 0),
        },
      ),
    )
    .max(16)
    .optional()
    .meta({ description: 'Conditions on labels; all must hold.', 'x-kubernetes-list-type': 'atomic' }),
})

const cidr = ruled(
  z
    .string()
    .min(1)
    .max(43)
    .meta({ examples: ['203.0.113.0/24'] }),
  {
    cel: 'isCIDR(self)',
    message: 'is not a CIDR: write "203.0.113.0/24" or "2001:db8::/32"; one address is "203.0.113.7/32"',
    holds: isCidr,
    fix: self => {
      const meant = meantCidr(self)
      return meant === null ? null : `write ${JSON.stringify(meant)}`
    },
  },
  {
    cel: '!isCIDR(self) || cidr(self) == cidr(self).masked()',
    message:
      'has bits set behind its prefix length, which some network plugins refuse: write the network itself, "10.0.0.0/8" for "10.0.0.1/8"',
    holds: self => !isCidr(self) || isMasked(self),
    fix: self => `write ${JSON.stringify(maskedCidr(self))}`,
  },
  {
    cel: "!self.endsWith('/0')",
    message: 'would let the whole internet in: name the networks of the carrier or PBX',
    holds: self => !self.endsWith('/0'),
  },
)

const peer = ruled(
  z.strictObject({
    preset: z.enum(presetNames).optional().meta({ description: 'Networks that the carrier publishes, as dated data.' }),
    cidr: cidr.optional().meta({ ...cidr.meta(), description: 'A network that SIP may come from.' }),
    media: z.array(cidr).max(32).optional().meta({
      description: 'Networks its RTP may come from. Without it: those of the preset, or `cidr`.',
      'x-kubernetes-list-type': 'atomic',
    }),
  }),
  exactlyOne(['preset', 'cidr'], 'write exactly one of preset, cidr'),
)

const digits = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[0-9]+$/, 'digits only')

const dialPlan = ruled(
  z.strictObject({
    countryCode: digits(3)
      .optional()
      .meta({ description: 'Country of national numbers, such as "44".', examples: ['"44"'] }),
    nationalPrefix: digits(4)
      .optional()
      .meta({
        description: 'Dialled before a national number, such as "0". Left out where there is none.',
        examples: ['"0"'],
      }),
    internationalPrefix: digits(5)
      .optional()
      .meta({ description: 'Dialled before a country code, such as "00" or "011".', examples: ['"00"'] }),
  }),
  {
    cel: '!has(self.nationalPrefix) || has(self.countryCode)',
    message: 'nationalPrefix needs countryCode',
    at: 'nationalPrefix',
    holds: self => self.nationalPrefix === undefined || self.countryCode !== undefined,
  },
)

const grants = z
  .array(
    ruled(
      z.strictObject({
        ...numberFormShape,
        namespaces: labelSelector.optional().meta({
          description: 'Namespaces that may claim it, by their labels. Without it: the trunk’s own. `{}`: every one.',
        }),
      }),
      oneNumberForm,
    ),
  )
  .max(1024)
  .default([])
  .meta({
    description: 'Numbers, granted to namespaces. Without a grant there is no claim.',
    'x-kubernetes-list-type': 'atomic',
  })

const sip = z.strictObject({
  peers: z
    .array(peer)
    .min(1)
    .max(64)
    .meta({ description: 'Who may send calls. Anyone else gets no answer.', 'x-kubernetes-list-type': 'atomic' }),
  codecs: ruled(
    z
      .array(z.enum(['PCMU', 'PCMA']))
      .min(1)
      .max(2)
      .meta({ description: 'Codecs we take, best first.', 'x-kubernetes-list-type': 'atomic' }),
    {
      cel: 'self.all(c, self.exists_one(d, d == c))',
      message: 'names a codec twice',
      holds: self => new Set(self).size === self.length,
    },
  )
    .default(['PCMU', 'PCMA'])
    .meta({ description: 'Codecs we take, best first.' }),
  media: z
    .strictObject({
      latch: z.enum(['InRange', 'Never']).default('InRange').meta({
        description:
          'RTP from another address than the SDP says, as through NAT. InRange: followed within 2 s of the ACK, when it comes from a media network of the peer. Never: dropped.',
      }),
    })
    .prefault({})
    .meta({ description: 'Where a caller’s RTP is taken from.' }),
  headers: z.array(headerName).max(16).optional().meta({
    description: 'Headers of INVITEs that agents may read (`spec.context`). Without it: none.',
    'x-kubernetes-list-type': 'atomic',
  }),
  dialPlan: dialPlan.optional().meta({
    ...dialPlan.meta(),
    description: 'How national numbers are written on this trunk. Without it only E.164, extensions and users match.',
  }),
  outbound: sipOutbound.optional(),
  transfer: sipTransfer,
})

export const sipTrunkSpec = ruled(
  z.strictObject({
    carrier: z.enum(['Twilio', 'Telnyx', 'Vonage', 'Pbx']).meta({ description: 'Whose it is.' }),
    ingress: z.enum(['Sip', 'MediaStream']).default('Sip').meta({
      description:
        'How media and control reach us. Sip: SIP and RTP. MediaStream: the carrier’s webhooks and its media WebSocket; in this version from Twilio, to `switchboard run`.',
    }),
    numbers: grants,
    sip: sip.optional().meta({ description: 'SIP and RTP, for ingress Sip.' }),
    mediaStream: mediaStream.optional().meta({ description: 'Webhooks and media WebSocket, for ingress MediaStream.' }),
    outbound: trunkOutboundOf(labelSelector).optional(),
  }),
  {
    cel: "!has(self.sip) || !has(self.sip.transfer) || self.sip.transfer == 'None' || has(self.outbound)",
    message: 'transfer needs spec.outbound: whom agents may call over this trunk, and as whom',
    at: 'sip.transfer',
    holds: self => (self.sip?.transfer ?? 'None') === 'None' || self.outbound !== undefined,
  },
  {
    cel: "!has(self.sip) || !has(self.sip.transfer) || !(self.sip.transfer in ['Bridge', 'ReferElseBridge']) || has(self.sip.outbound)",
    message: 'needs spec.sip.outbound: where the second call goes out to',
    at: 'sip.transfer',
    holds: self =>
      !['Bridge', 'ReferElseBridge'].includes(self.sip?.transfer ?? 'None') || self.sip?.outbound !== undefined,
  },
  {
    cel: "!has(self.mediaStream) || !has(self.mediaStream.transfer) || self.mediaStream.transfer == 'None' || has(self.outbound)",
    message: 'transfer needs spec.outbound: whom agents may call over this trunk, and as whom',
    at: 'mediaStream.transfer',
    holds: self => (self.mediaStream?.transfer ?? 'None') === 'None' || self.outbound !== undefined,
  },
  {
    cel: "self.ingress != 'MediaStream' || !has(self.outbound) || (self.outbound.callerIds.all(n, n.startsWith('+')) && self.outbound.allowedPrefixes.all(p, p.startsWith('+')))",
    message: 'over MediaStream calls go out to and from E.164 numbers only: write callerIds and allowedPrefixes with +',
    at: 'outbound',
    holds: self =>
      self.ingress !== 'MediaStream' ||
      self.outbound === undefined ||
      [...self.outbound.callerIds, ...self.outbound.allowedPrefixes].every(n => n.startsWith('+')),
  },
  {
    cel: "self.ingress != 'Sip' || has(self.sip)",
    message: 'ingress Sip needs sip: say who may send calls, under sip.peers',
    at: 'sip',
    holds: self => self.ingress !== 'Sip' || self.sip !== undefined,
  },
  {
    cel: "self.ingress == 'Sip' || !has(self.sip)",
    message:
      'sip is for ingress Sip: over MediaStream there is no SIP, so no peers, no choice of codec (audio is PCMU), no re-INVITE, no REFER and no second leg (mediaStream.transfer: Dial hands callers over), and no dial plan (numbers come as E.164)',
    at: 'sip',
    holds: self => self.ingress === 'Sip' || self.sip === undefined,
  },
  {
    cel: "self.ingress != 'MediaStream' || has(self.mediaStream)",
    message: 'ingress MediaStream needs mediaStream: the public URL, the account and its credential',
    at: 'mediaStream',
    holds: self => self.ingress !== 'MediaStream' || self.mediaStream !== undefined,
  },
  {
    cel: "self.ingress == 'MediaStream' || !has(self.mediaStream)",
    message: 'mediaStream is for ingress MediaStream: with ingress Sip it would do nothing',
    at: 'mediaStream',
    holds: self => self.ingress === 'MediaStream' || self.mediaStream === undefined,
  },
  {
    cel: "self.ingress != 'MediaStream' || self.carrier == 'Twilio'",
    message: 'ingress MediaStream speaks with Twilio in this version: write carrier: Twilio, or ingress: Sip',
    at: 'carrier',
    holds: self => self.ingress !== 'MediaStream' || self.carrier === 'Twilio',
  },
  {
    cel: "self.ingress != 'MediaStream' || !has(self.numbers) || self.numbers.all(n, (has(n.number) && n.number.startsWith('+')) || (has(n.range) && n.range.startsWith('+')))",
    message:
      'over MediaStream calls come to E.164 numbers only: write each with +; there are no extensions and no SIP users',
    at: 'numbers',
    holds: self =>
      self.ingress !== 'MediaStream' || self.numbers.every(n => (n.number ?? n.range ?? '').startsWith('+')),
  },
)

export const sipTrunkStatus = z.strictObject({
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The generation of the spec that this status is about.' }),
  conditions,
  claims: z.int().min(0).optional().meta({ description: 'Claims that hold.' }),
  conflicts: z.int().min(0).optional().meta({ description: 'Claims that do not.' }),
})

/** How calls come in through one carrier or PBX. */
export const sipTrunk = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('SipTrunk'),
    metadata,
    spec: sipTrunkSpec.meta({ description: 'What the trunk is.' }),
    status: sipTrunkStatus.optional().meta({ description: 'What the operator has seen.' }),
  })
  .meta({ description: 'A way in for calls, through one carrier or PBX.' })

/** A SipTrunk with defaults applied. */
export type SipTrunk = z.output<typeof sipTrunk>
export type LabelSelector = z.output<typeof labelSelector>
export type NumberGrant = SipTrunk['spec']['numbers'][number]
export type DialPlan = z.output<typeof dialPlan>
