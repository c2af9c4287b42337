/** `@openai/agents-extensions`, as it is installed: its transport for Twilio between our Twilio and our Realtime provider. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import { startTwilioSimulator } from '#simulators/twilio/start.ts'
import type { Report } from '#test/harness/report.ts'
import { start } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { eventsOf, sessionsOf } from '#test/product/simulator-view.ts'
import { ACCOUNT, AUTH_TOKEN } from '#test/product/twilio-product.ts'
import { heardBy, sessionOf } from '../media-streams/heard.ts'

export async function agentsTransport(report: Report): Promise<void> {
  const script = join(mkdtempSync(join(tmpdir(), 'agents-')), 'script.yaml')
  writeFileSync(script, stringify({ name: 'agents', turns: [{ on: 'caller', repeat: true, say: 'words', ms: 5000 }] }))
  const provider = await startRealtimeSimulator({ script, speech: 'watermark' })
  const bridge = start(process.execPath, ['test/bench/media-streams/agents-bridge.ts', provider.url])
  try {
    const [, port = ''] = await bridge.waitFor(/listening (\d+)/, 20_000)
    const twilio = await startTwilioSimulator({
      webhookURL: `http://127.0.0.1:${port}`,
      accountSid: ACCOUNT,
      authToken: AUTH_TOKEN,
    })
    const { caller, view } = await twilio.call({
      to: NUMBER,
      script: [
        { wait: 600 },
        { say: 'yes' },
        { interrupt: { after: 1200, say: 'yes', within: 15_000 } },
        { interrupt: { after: 1200, say: 'yes', within: 15_000 } },
        { wait: 1500 },
        'hangUp',
      ],
      durationMs: 40_000,
    })
    await caller.done
    const url = `http://127.0.0.1:${provider.port}`
    const [sessions, events] = [await sessionsOf(url), await eventsOf(url)]
    const session = sessionOf(caller.recording(), sessions)
    const heard = heardBy(
      caller.recording(),
      session,
      events.filter(e => e.session === session?.id),
    )
    const cut = heard.filter(({ truncatedMs, heardMs }) => truncatedMs !== null && heardMs > 0)
    report.check(
      '@openai/agents-extensions: its transport speaks with our Twilio, which finds no fault',
      heard.length >= 2 && view.faults.length === 0,
      view.faults.join('; '),
    )
    report.check('@openai/agents-extensions: callers interrupt it', cut.length >= 2, `${cut.length} items cut`)
    const errors = cut.map(({ truncatedMs, heardMs }) => Math.round((truncatedMs ?? 0) - heardMs))
    report.note(
      `its truncated − heard, ms: ${errors.join(', ')}; most that lay in Twilio’s buffer: ${Math.round(Math.max(...view.depthsMs))} ms`,
    )
    await twilio.close()
  } finally {
    await bridge.stop()
    await provider.close()
  }
}
