/** The way out of a trunk: whom agents may call over it, as whom, and through what. */
import { z } from 'zod'
import { objectName } from './reference.ts'
import { UNFILLED } from './unfilled.ts'

/** `sip.outbound`. */
export const sipOutbound = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'a host name or an IPv4 address')
      .meta({ description: 'The proxy or registrar that calls go out to.', examples: ['acme.pstn.twilio.com'] }),
    port: z.int().min(1).max(65_535).default(5060).meta({ description: 'Its port.' }),
    transport: z.enum(['Udp', 'Tcp']).default('Udp').meta({ description: 'How SIP goes there.' }),
    credentialsRef: z
      .strictObject({ name: objectName.meta({ description: 'Name of the Secret.', examples: ['twilio-sip'] }) })
      .optional()
      .meta({
        description:
          'A Secret of the trunk’s namespace with the keys `username` and `password` (type kubernetes.io/basic-auth), for peers that challenge calls (digest: MD5 or SHA-256).',
      }),
  })
  .meta({ description: 'Where calls go out to.' })

/** How a caller of this trunk is handed over. */
export const sipTransfer = z
  .enum(['None', 'Refer', 'Bridge', 'ReferElseBridge'])
  .default('None')
  .meta({
    description:
      'How a caller is handed to somebody else. Refer: the peer is asked by SIP REFER to call there itself, and the call leaves us. Bridge: we call there over `sip.outbound` and join the two. ReferElseBridge: the second when the peer refuses the first. None: not at all.',
    [UNFILLED]: true,
  })

/** `outbound`. */
export const trunkOutboundOf = <L extends z.ZodType>(labelSelector: L) =>
  z
    .strictObject({
      callerIds: z
        .array(
          z
            .string()
            .max(20)
            .regex(/^(\+[1-9][0-9]{1,14}|[0-9]{1,15})$/, 'E.164 with +, or an extension'),
        )
        .min(1)
        .max(64)
        .meta({
          description:
            'Numbers that calls go out with. The number that the caller called is used when it is one of them, else the first.',
          'x-kubernetes-list-type': 'atomic',
        }),
      allowedPrefixes: z
        .array(
          z
            .string()
            .max(16)
            .regex(/^(\+[1-9][0-9]{0,14}|[0-9*#]{1,15})$/, 'the beginning of a number: +1, or digits of an extension'),
        )
        .min(1)
        .max(64)
        .meta({
          description:
            'How numbers begin that may be called. Emergency, premium-rate and satellite numbers never may. An address that is no number must be at `sip.outbound.host`.',
          'x-kubernetes-list-type': 'atomic',
        }),
      namespaces: labelSelector.optional().meta({
        description:
          'Namespaces whose agents may call out, by their labels. Without it: the trunk’s own. `{}`: every one.',
      }),
    })
    .meta({ description: 'Whom agents may call over this trunk, and as whom. Without it: nobody.' })
