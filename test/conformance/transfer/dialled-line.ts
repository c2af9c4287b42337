/** A caller at the simulated Twilio, who is put through to a person by the carrier: what all outcomes have in common. */
import { fileURLToPath } from 'node:url'
import type { Caller } from '#simulators/caller/caller-handle.ts'
import type { TwilioPlan } from '#simulators/twilio/start.ts'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { startTwilioProduct, type TwilioProduct } from '#test/product/twilio-product.ts'
import { DESK, markOf, modelSpoke, NUMBER, PERSON_MARK, until } from './stage.ts'

const SCRIPT = fileURLToPath(new URL('./model.yaml', import.meta.url))
export const SAYS = markOf(PERSON_MARK)
export const ALL: TwilioPlan['tells'] = ['phone', 'result', 'caller']
export const RING_S = 6

export type Line = Awaited<ReturnType<TwilioProduct['twilio']['call']>>

export function open(agent: Readonly<Record<string, unknown>> = {}): Promise<TwilioProduct> {
  return startTwilioProduct({
    slots: 24,
    simulate: ['--script', SCRIPT, '--speech', 'watermark'],
    dials: { callerIds: [NUMBER], allowedPrefixes: ['+1415'] },
    agent: {
      greeting: { text: 'Hello, how can I help you?' },
      dtmf: { gap: '300ms' },
      destinations: [{ name: 'desk', to: { number: DESK }, trunkRef: { name: 'pbx' }, ring: `${RING_S}s` }],
      callControl: { endCall: {}, transfer: { to: ['desk'] }, human: { destination: 'desk' } },
      ...agent,
    },
  })
}

export function set(product: TwilioProduct, plan: Partial<TwilioPlan>): void {
  Object.assign(product.twilio.plan, { person: { then: 'answers', says: SAYS }, rest: 'does', tells: ALL }, plan)
}

/** A caller who has heard the greeting. */
export async function call(product: TwilioProduct): Promise<Line> {
  const line = await product.twilio.call({ to: NUMBER, script: [{ wait: { ended: true, within: 120_000 } }] })
  await until(() => modelSpoke(heard(line.caller), 0))
  await sleep(1500)
  return line
}

export const heard = (caller: Caller): Int16Array => caller.recording()?.side('agent') ?? new Int16Array()
export const isOver = ({ caller }: Line): boolean => caller.events.some(event => event.type === 'ended')
export const none = (product: TwilioProduct): Promise<boolean> => until(async () => (await product.busy()) === 0)
export const hangUps = ({ twilio }: TwilioProduct): number =>
  twilio.requests.filter(({ form }) => form['Status'] === 'completed').length

/** The key is pressed, and the carrier told. @returns so much was heard by then */
export async function asksForPerson({ twilio }: TwilioProduct, caller: Caller): Promise<number> {
  const asked = twilio.requests.length
  caller.press('0')
  await until(() => twilio.requests.length > asked, 9000)
  return heard(caller).length
}

export async function leaves(report: Report, product: TwilioProduct, caller: Caller): Promise<void> {
  caller.hangUp()
  report.check('  no call is left', await none(product))
}

export function nothingRefused(report: Report, { faults }: Line['view']): void {
  report.check('  nothing that Twilio would not take', faults.length === 0, faults.join('; '))
}

export const streams = ({ view }: Line): number => new Set(view.twiml.filter(text => text.includes('<Stream'))).size
