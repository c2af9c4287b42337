/**
 * `npm run conformance -- vendors`: what Twilio's own package says of what we send and accept, and OpenAI's transport for Twilio in conversation with
 * our Twilio: a simulator that a stranger's bridge works with is no mirror of our own.
 */
import type { Report } from '#test/harness/report.ts'
import { startTwilioProduct } from '#test/product/twilio-product.ts'
import { agentsTransport } from './agents-transport.ts'
import { restCalls, signatures, twimls } from './twilio-package.ts'

export async function run(report: Report): Promise<void> {
  const product = await startTwilioProduct({
    agent: { unavailable: { say: { text: 'Sorry & <goodbye>, "friend".' }, then: { hangUp: {} } } },
    slots: 1,
  })
  try {
    signatures(report)
    const taken = await twimls(report, product)
    await restCalls(report, product, taken)
  } finally {
    await product.stop()
  }
  await agentsTransport(report)
}
