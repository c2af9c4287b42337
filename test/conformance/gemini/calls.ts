/**
 * `npm run conformance -- gemini-calls`: phone calls with a Gemini agent, over SIP, judged by what came to the phone's port. The simulated
 * model speaks a watermark at 24 kHz, in which every 20 ms names item and offset; it must be found again at 8 kHz, to the frame, after the
 * worker's filters and G.711.
 *
 * All calls go on at once, each with a worker and a simulator of its own. One that is not as it should be is made again when the kernel says
 * that somebody in it was ready to run and had to wait for a processor: of such a call nothing can be told. One that nothing disturbed is
 * judged as it is, and so is the last.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Report } from '#test/harness/report.ts'
import { goFirst } from '#test/measure/priority.ts'
import { type Made, openStage } from './call.ts'
import { conversation } from './conversation.ts'
import { lifetime, shortNotice } from './rollovers.ts'
import type { Scenario } from './scenario.ts'

const ROUNDS = 4
/** Less of a whole call disturbs nothing. */
const STALLED_MS = 100
const SCENARIOS: readonly Scenario[] = [conversation('Provider'), conversation('Switchboard'), lifetime, shortNotice]

export async function run(report: Report): Promise<void> {
  const tool = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ slots: ['10:00', '15:00'] }))
  })
  await new Promise<void>(done => tool.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(tool.address() as AddressInfo).port}/`
  goFirst(process.pid)
  try {
    let waiting = SCENARIOS
    for (let round = 1; waiting.length > 0; round++) {
      const made = await madeAtOnce(waiting, url)
      waiting = waiting.filter((scenario, i) => {
        const call = made[i]!
        const again = round < ROUNDS && call.stalledMs > STALLED_MS && failures(scenario, call) > 0
        const stalled = `${Math.round(call.stalledMs)} ms of waiting for a processor`
        if (again) report.note(`${scenario.name}: once more, for it met ${stalled}`)
        else scenario.judge(call, report)
        return again
      })
    }
  } finally {
    tool.close()
  }
}

/** They start one after another, for that is what costs; then nobody starts anything. */
async function madeAtOnce(scenarios: readonly Scenario[], tool: string): Promise<Made[]> {
  const stages = []
  try {
    for (const { wanted } of scenarios) stages.push(await openStage(wanted, tool))
    return await Promise.all(stages.map(stage => stage.make()))
  } finally {
    await Promise.all(stages.map(stage => stage.close()))
  }
}

function failures(scenario: Scenario, made: Made): number {
  const trial = new Report(scenario.name, () => {})
  scenario.judge(made, trial)
  return trial.failed
}
