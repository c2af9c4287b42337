import { z } from 'zod'
import { noLinkLocal } from './link-local.ts'
import { ruled } from './rule.ts'

/** Another endpoint of a provider. */
export const baseURL = ruled(
  z
    .string()
    .max(2048)
    .regex(/^(https?|wss?):\/\/[^\s]+$/, 'a URL with http, https, ws or wss'),
  {
    cel: "!self.matches('^[a-z]+://[^/?#]*@')",
    message: 'must not carry a user name or password: use credentialsRef',
    holds: url => !/^[a-z]+:\/\/[^/?#]*@/.test(url),
  },
  noLinkLocal,
)
