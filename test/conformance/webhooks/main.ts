/**
 * `npm run conformance -- webhooks`: what comes to the gateway from whoever can reach it. Forged requests get the right status and start nothing: no
 * call, no slot, no session at the provider. Real calls that are misused end and leave nothing. And nothing that must not be is in the log: no Auth
 * Token, no signature, no media token, no caller's number.
 */
import type { Report } from '#test/harness/report.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { sessionsOf } from '#test/product/simulator-view.ts'
import { AUTH_TOKEN, startTwilioProduct, type TwilioProduct } from '#test/product/twilio-product.ts'
import { forged } from './forged.ts'
import { misused } from './misused.ts'
import { mediaOf, post, voiceForm } from './request.ts'

const LEAST = 40
const CALLER = '+14155550123'

export async function run(report: Report): Promise<void> {
  const product = await startTwilioProduct({ slots: 3, run: ['--log-level', 'debug'] })
  try {
    const before = await stateOf(product)
    const cases = forged(product)
    report.row({ name: 'forged requests', value: cases.length, aim: `>= ${LEAST}`, ok: cases.length >= LEAST })
    const seen = await Promise.all(cases.map(one => one.send().catch((error: unknown) => String(error))))
    for (const [i, { name, want }] of cases.entries())
      report.row({ name, value: seen[i] ?? 'nothing', aim: String(want), ok: seen[i] === want })
    const after = await stateOf(product)
    report.check('nothing was started: calls, slots and sessions are what they were', after === before, after)

    for (const { name, run: misuse } of misused(product)) {
      const wrong = await misuse()
      report.check(name, wrong === '', wrong)
    }
    await logged(report, product)
    // and all the while it has not forgotten what it is for
    const { text } = await post(`${product.carrierURL}/voice`, voiceForm())
    report.check('a call that is as it should be is answered after all that', mediaOf(text) !== '')
  } finally {
    await product.stop()
  }
}

/** Calls, slots and sessions, as text. */
async function stateOf(product: TwilioProduct): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${product.httpPort}/v1/load`)
  const reader = response.body?.getReader()
  const line = JSON.parse(
    Buffer.from((await reader?.read())?.value ?? [])
      .toString()
      .split('\n')[0] ?? '{}',
  ) as { slots: unknown }
  await reader?.cancel()
  const sessions = await sessionsOf(product.simulatorUrl)
  return JSON.stringify({ slots: line.slots, calls: await product.busy(), sessions: sessions.length })
}

async function logged(report: Report, product: TwilioProduct): Promise<void> {
  // the log is written in pieces
  await new Promise(resolve => setTimeout(resolve, 500))
  const log = product.process.output()
  report.check('refusals are in the log', log.includes('SB_GATEWAY_SIGNATURE') && log.includes('SB_GATEWAY_TOKEN'))
  const forbidden: [string, RegExp | string][] = [
    ['the Auth Token', AUTH_TOKEN],
    ['a credential of the REST API', /Basic [A-Za-z0-9+/=]{20}/],
    ['a media token', /media\/[\w-]{20,}\./],
    ['a signature', /[A-Za-z0-9+/]{27}=(?![A-Za-z0-9+/=])/],
    ['the caller’s number', CALLER],
  ]
  const ours = log.split('\n').filter(line => line.startsWith('{'))
  for (const [name, what] of forbidden) {
    const found = ours.filter(line => (typeof what === 'string' ? line.includes(what) : what.test(line)))
    report.check(`not in the log: ${name}`, found.length === 0, found[0]?.slice(0, 200) ?? '')
  }
  report.note(`${ours.length} lines of log looked at; the number called, ${NUMBER}, may be in them`)
}
