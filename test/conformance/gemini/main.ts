/** `npm run conformance -- gemini`: the vendor's own client on our simulator, and our session's messages against the vendor's types. */
import type { Report } from '#test/harness/report.ts'
import { ownMessages } from './own-messages.ts'
import { vendorClient } from './vendor-client.ts'

export async function run(report: Report): Promise<void> {
  await vendorClient(report)
  await ownMessages(report)
}
