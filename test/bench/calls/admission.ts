/** How calls are taken in: the time to ring and to answer, and what more calls than slots do to those that are carried. */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { startLoaded } from './loaded-worker.ts'

/** Between agent frames, p99. */
export const MAX_GAP_MS = 30

/** INVITE → 180 and → 200 at 50 calls a second. */
export async function setUp(report: Report, options: Options): Promise<void> {
  const calls = Number(options['setup'] ?? 200)
  const { load, product, close } = await startLoaded(calls + 10)
  try {
    const {
      calls: up,
      refused,
      failed,
    } = await load.ask({ do: 'sip', calls, perSecond: 50, sipPort: product.sipPort, number: NUMBER }, 'up')
    const { window } = await load.ask({ do: 'window', seconds: 1 }, 'window')
    report.row({
      name: 'at 50 calls/s: INVITE → 180 p50 / p99',
      value: `${window.ringing.p50.toFixed(1)} / ${window.ringing.p99.toFixed(1)} ms`,
      aim: 'p99 <= 50 ms',
      ok: window.ringing.p99 <= 50,
    })
    report.row({
      name: 'at 50 calls/s: INVITE → 200 p50 / p99',
      value: `${window.answered.p50.toFixed(1)} / ${window.answered.p99.toFixed(1)} ms`,
      ok: true,
    })
    report.row({
      name: 'at 50 calls/s: calls up, refused, failed',
      value: `${up}, ${refused}, ${failed}`,
      aim: `${calls}, 0, 0`,
      ok: up === calls,
    })
  } finally {
    await close()
  }
}

/** At 150 % offered, carried calls keep their quality and the rest get 503. */
export async function overload(report: Report): Promise<void> {
  const slots = 60
  const offered = slots * 1.5
  const { load, product, close } = await startLoaded(slots)
  try {
    const {
      calls: up,
      refused,
      failed,
    } = await load.ask({ do: 'sip', calls: offered, perSecond: 30, sipPort: product.sipPort, number: NUMBER }, 'up')
    const { window } = await load.ask({ do: 'window', seconds: 10 }, 'window')
    report.row({
      name: `150 % offered (${offered} on ${slots} slots): carried, 503, failed`,
      value: `${up}, ${refused}, ${failed}`,
      aim: `${slots}, ${offered - slots}, 0`,
      ok: up === slots && refused === offered - slots && failed === 0,
    })
    report.row({
      name: '150 % offered: gap between agent frames p99 of carried calls',
      value: window.gap.p99,
      unit: 'ms',
      aim: `<= ${MAX_GAP_MS}`,
      ok: window.gap.p99 <= MAX_GAP_MS,
    })
  } finally {
    await close()
  }
}
