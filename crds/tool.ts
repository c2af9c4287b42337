/** Tools: what the model may call, and over what. */
import { z } from 'zod'
import { duration } from './duration.ts'
import { noLinkLocal } from './link-local.ts'
import { ruled } from './rule.ts'

const USERINFO = /^https?:\/\/[^/?#]*@/

const url = ruled(
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s]+$/, 'a URL with http or https')
    .meta({ description: 'http or https.', examples: ['http://calendar.acme/find'] }),
  {
    cel: "!self.matches('^https?://[^/?#]*@')",
    message: 'must not carry a user name or password',
    holds: self => !USERINFO.test(self),
  },
  noLinkLocal,
)

/** A tool over HTTP: arguments go out as JSON (POST) or as query parameters (GET), the answer goes to the model. */
export const httpTool = z.strictObject({
  url,
  method: z
    .enum(['POST', 'GET'])
    .default('POST')
    .meta({ description: 'POST sends the arguments as a JSON body, GET as query parameters.' }),
  timeout: duration('100ms', '60s')
    .default('10s')
    .meta({ description: 'Longest wait for the answer; then the model is told that it failed.' }),
  headers: z
    .array(
      z.strictObject({
        name: z
          .string()
          .min(1)
          .max(128)
          .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'the name of a header')
          .meta({ description: 'Name of the header (RFC 9110 §5.1).' }),
        value: z
          .string()
          .max(4096)
          .regex(/^[^\r\n]*$/, 'one line')
          .meta({ description: 'Its value. Not a place for a secret: it is kept in the revision in clear.' }),
      }),
    )
    .max(16)
    .optional()
    .meta({
      description: 'Headers sent with every call.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
})

export const tool = z.strictObject({
  name: ruled(
    z
      .string()
      .min(1)
      .max(64)
      .regex(/^[a-zA-Z0-9_-]+$/, 'letters, digits, _ and -')
      .meta({ description: 'What the model calls it.', examples: ['find_appointment'] }),
    {
      cel: "self != 'transfer_call'",
      message: 'transfer_call is the name of callControl.transfer: choose another',
      holds: self => self !== 'transfer_call',
    },
    {
      cel: "self != 'end_call'",
      message: 'end_call is the name of callControl.endCall: choose another',
      holds: self => self !== 'end_call',
    },
  ),
  description: z
    .string()
    .min(1)
    .max(1024)
    .meta({
      description: 'What it does and when to use it, for the model.',
      examples: ['Finds free appointments on a day.'],
    }),
  parameters: z
    .looseObject({ type: z.enum(['object']).meta({ description: 'Always object.' }) })
    .default({ type: 'object', properties: {} })
    .meta({
      description:
        'JSON Schema of the arguments. Arguments that do not fit are sent back to the model, not to the tool.',
    }),
  effect: z
    .enum(['Read', 'Write'])
    .default('Write')
    .meta({ description: 'Read: may be called ahead of time, or twice. Write: never.' }),
  http: httpTool.meta({ description: 'Where the call goes.' }),
})

export const tools = z
  .array(tool)
  .max(64)
  .meta({
    description: 'What the model may do. Order means nothing.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  })
