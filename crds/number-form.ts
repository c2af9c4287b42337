/** How a called number is written in a grant and in a claim: one number, a range, or the user part of a SIP address. */
import { z } from 'zod'
import { exactlyOne, ruled } from './rule.ts'

/** Numbers that must reach people whose duty it is, everywhere or in the largest numbering plans (ITU-T E.161.1; NANP; UK). */
const EMERGENCY = ['112', '911', '999']

const number = ruled(
  z
    .string()
    .max(20)
    .regex(/^(\+[1-9][0-9]{1,14}|[0-9*#]{1,15})$/, 'E.164 with +, or an extension: digits, * and # only')
    .meta({
      description: 'E.164 with `+`, or an extension. Quote it: YAML reads it as a number.',
      examples: ['+14155550100'],
    }),
  {
    cel: "!(self in ['112', '911', '999'])",
    message: 'is an emergency number: no agent may answer it',
    holds: self => !EMERGENCY.includes(self),
  },
)

const range = ruled(
  z
    .string()
    .max(40)
    .regex(
      /^(\+[1-9][0-9]{0,14}|[0-9]{0,15})(\*|-\+?[0-9]{1,15})?$/,
      'two numbers with - between them, or the beginning of numbers with * behind it',
    )
    .min(1)
    .meta({
      description:
        'First and last number with `-` between them, all that begin alike with `*` at the end, or one number.',
      examples: ['+14155550100-+14155550199'],
    }),
  {
    cel: "!self.contains('-') || (size(self.split('-')[0]) == size(self.split('-')[1]) && self.split('-')[0] <= self.split('-')[1])",
    message: 'needs two numbers of the same length with the smaller first: "+14155550100-+14155550199"',
    holds: self => {
      const [from = '', to] = self.split('-')
      return to === undefined || (from.length === to.length && from <= to)
    },
  },
)

const user = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._~!$&'()*+=-]+$/, 'the user part of a SIP address')
  .meta({
    description: 'User part of the called SIP address, compared as it stands (RFC 3261 §19.1.4).',
    examples: ['reception'],
  })

export const numberFormShape = { number: number.optional(), range: range.optional(), user: user.optional() }

/** One number, range or user. */
export type NumberForm = { number?: string | undefined; range?: string | undefined; user?: string | undefined }

export const oneNumberForm = exactlyOne<NumberForm>(
  ['number', 'range', 'user'],
  'write exactly one of number, range, user',
)

/** What an inbound route listens to. */
export const numberForm = ruled(z.strictObject(numberFormShape), oneNumberForm)
