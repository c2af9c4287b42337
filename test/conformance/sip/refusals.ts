/** Full and draining: refused at once with 503 and Retry-After, and the call that is up is not touched. */
import { fileURLToPath } from 'node:url'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { runSipp } from '#test/phones/sipp.ts'
import { startProduct } from '#test/product/product.ts'

const scenario = (name: string): string => fileURLToPath(new URL(`./scenarios/${name}.xml`, import.meta.url))
const SPEECH = fileURLToPath(new URL('../../../simulators/speech/clips/caller-ask.ul', import.meta.url))

export async function runRefusals(report: Report): Promise<void> {
  for (const transport of ['udp', 'tcp'] as const) {
    for (const why of ['full', 'draining'] as const) {
      const product = await startProduct({ slots: 1 })
      try {
        const to = `127.0.0.1:${product.sipPort}`
        const carried = runSipp({ scenario: scenario('early-offer'), to, transport, keys: { audio: SPEECH } })
        for (let i = 0; i < 60 && (await product.busy()) === 0; i++) await sleep(50)
        await sleep(500)
        if (why === 'draining') product.process.signal('SIGTERM')
        await sleep(100)
        const refused = await runSipp({ scenario: scenario('refused-503'), to, transport })
        const kept = await carried
        report.check(`${transport}: 503 + Retry-After when ${why}`, refused.ok, refused.why)
        report.check(`${transport}: the call that is up when ${why} goes on to its own end`, kept.ok, kept.why)
        if (why === 'draining') {
          const code = await Promise.race([product.process.exited, sleep(8000).then(() => -1)])
          report.check(`${transport}: a drained worker exits by itself with 0`, code === 0, `exit code ${code}`)
        }
      } finally {
        await product.stop()
      }
    }
  }
}
