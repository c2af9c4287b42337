/** What is learnt of a call while it rings: of the caller, and from a request of ours. It comes from outside, and the model is told so. */
import { z } from 'zod'
import { duration } from './duration.ts'
import { type Rule, ruled } from './rule.ts'
import { httpTool } from './tool.ts'

/** Names of `{{name}}`. */
export const VARIABLE_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/
/** Headers that a trunk may let through: a carrier's or PBX's own. */
const HEADER = /^([Xx]-[A-Za-z0-9-]{1,60}|User-to-User)$/

export const headerName = z
  .string()
  .max(64)
  .regex(HEADER, 'a header of your own, X-…, or User-to-User')
  .meta({ examples: ['X-Customer-Id'] })

const headerOfHeader: Rule<{ from: string; header?: string | undefined }> = {
  cel: "(has(self.from) && self.from == 'Header') == has(self.header)",
  message: 'header belongs to from: Header, which needs it',
  holds: self => (self.from === 'Header') === (self.header !== undefined),
}
const fieldOfHttp: Rule<{ from: string; field?: string | undefined }> = {
  cel: "!has(self.from) || self.from == 'Http' || !has(self.field)",
  message: 'field belongs to from: Http',
  holds: self => self.from === 'Http' || self.field === undefined,
}

const variable = ruled(
  z.strictObject({
    name: z
      .string()
      .max(63)
      .regex(VARIABLE_NAME, 'letters, digits and _, with no digit first')
      .meta({ description: 'What `{{name}}` in instructions and prompts calls it.', examples: ['customer'] }),
    from: z.enum(['Http', 'CallerNumber', 'CallerName', 'CalledNumber', 'Header']).default('Http').meta({
      description:
        'Http: a member of the answer of `http`. CallerName: as the caller’s phone or carrier says it. Header: of the INVITE, where the trunk lets it through (`sip.headers`).',
    }),
    field: z.string().min(1).max(128).optional().meta({ description: 'Member of the answer; `name` without it.' }),
    header: headerName.optional().meta({ description: 'Name of the header.', examples: ['X-Customer-Id'] }),
    default: z.string().max(1024).default('').meta({ description: 'Its value where nothing is known.' }),
    maxLength: z
      .int()
      .min(1)
      .max(2000)
      .default(200)
      .meta({ description: 'Longest value, in characters; what is longer is cut.' }),
  }),
  headerOfHeader,
  fieldOfHttp,
)

const { url, method, headers } = httpTool.shape

export const context = ruled(
  z.strictObject({
    variables: z
      .array(variable)
      .min(1)
      .max(32)
      .meta({
        description: 'What `{{name}}` stands for in each call. In instructions it is marked as data from outside.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    http: z
      .strictObject({
        url,
        method: method.meta({
          description: 'POST sends who calls whom as a JSON body, GET as query parameters.',
        }),
        timeout: duration('100ms', '10s')
          .default('2s')
          .meta({ description: 'Longest wait for the answer. The caller hears ringing.' }),
        headers: headers.meta({
          description: 'Headers sent with the request.',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        }),
        onFailure: z.enum(['Continue', 'Refuse']).default('Continue').meta({
          description: 'No usable answer in time. Continue: the defaults hold. Refuse: as `unavailable` declares.',
        }),
      })
      .optional()
      .meta({ description: 'Asked once per call, while it rings. Answers with a JSON object.' }),
  }),
  {
    cel: "has(self.http) == self.variables.exists(v, !has(v.from) || v.from == 'Http')",
    message: 'http is asked for variables with from: Http: there must be both or neither',
    holds: self => (self.http !== undefined) === self.variables.some(v => v.from === 'Http'),
  },
)
