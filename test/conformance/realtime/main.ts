/** `npm run conformance -- realtime`: the vendor's own clients on our simulator, and our session's events against the vendor's types. */
import type { Report } from '#test/harness/report.ts'
import { agentsSdk } from './agents-sdk.ts'
import { ownEvents } from './own-events.ts'
import { vendorClient } from './vendor-client.ts'

export async function run(report: Report): Promise<void> {
  await agentsSdk(report, 'pcm24')
  await agentsSdk(report, 'pcmu')
  await vendorClient(report)
  await ownEvents(report)
}
