/** `npm run conformance -- sip`: SIPp to the letter, baresip by what it heard; UDP and TCP, straight and through a plain Kamailio. */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { startKamailio } from '#test/phones/kamailio.ts'
import { startProduct } from '#test/product/product.ts'
import { runPhones } from './phones.ts'
import { runRefusals } from './refusals.ts'
import { runScenarios } from './scenarios.ts'

/** One way to reach the worker. */
export interface Path {
  readonly name: string
  readonly transport: 'udp' | 'tcp'
  readonly port: number
  /** A proxy stands between: what it answers by itself is not ours to judge. */
  readonly proxied: boolean
}

export async function run(report: Report, options: Options): Promise<void> {
  const only = options['case']
  const wanted = (['udp', 'tcp', 'udp via Kamailio', 'tcp via Kamailio'] as const).filter(
    n => options['path'] === undefined || n === options['path'],
  )
  // Each path has a worker of its own, so that they can be judged at the same time.
  await Promise.all(wanted.map(name => overPath(report, name, only)))
  if (only === undefined && options['path'] === undefined) await runRefusals(report)
}

async function overPath(report: Report, name: string, only?: string): Promise<void> {
  const transport = name.startsWith('udp') ? 'udp' : 'tcp'
  const proxied = name.includes('Kamailio')
  const product = await startProduct({ simulate: ['--speech', 'watermark'], slots: 80 })
  const proxy = proxied ? await startKamailio(`127.0.0.1:${product.sipPort}`, transport) : null
  try {
    const path = { name, transport, port: proxy?.port ?? product.sipPort, proxied } as const
    await runScenarios(report, path, product, only)
    if (only === undefined) await runPhones(report, path, product)
  } finally {
    await Promise.all([product.stop(), proxy?.stop()])
  }
}
