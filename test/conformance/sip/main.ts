/** `npm run conformance -- sip`: SIPp to the letter, baresip by what it heard; UDP and TCP, straight and through a plain Kamailio. */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { startKamailio } from '#test/phones/kamailio.ts'
import { type Product, startProduct } from '#test/product/product.ts'
import { runPhones } from './phones.ts'
import { runRefusals } from './refusals.ts'
import { runScenarios } from './scenarios.ts'

/** One way to reach the worker. */
export interface Path {
  readonly name: string
  readonly transport: 'udp' | 'tcp'
  readonly port: number
}

export async function run(report: Report, options: Options): Promise<void> {
  const product = await startProduct({ simulate: ['--speech', 'watermark'], slots: 80 })
  const proxies = await Promise.all(
    (['udp', 'tcp'] as const).map(t => startKamailio(`127.0.0.1:${product.sipPort}`, t)),
  )
  try {
    for (const path of paths(product, proxies)) {
      if (options['path'] !== undefined && !path.name.includes(options['path'])) continue
      await runScenarios(report, path, product, options['case'])
      if (options['case'] === undefined) await runPhones(report, path, product)
    }
  } finally {
    await Promise.all([product.stop(), ...proxies.map(p => p.stop())])
  }
  if (options['case'] === undefined) await runRefusals(report)
}

function paths(product: Product, proxies: readonly { port: number }[]): Path[] {
  return [
    { name: 'udp', transport: 'udp', port: product.sipPort },
    { name: 'tcp', transport: 'tcp', port: product.sipPort },
    { name: 'udp via Kamailio', transport: 'udp', port: proxies[0]?.port ?? 0 },
    { name: 'tcp via Kamailio', transport: 'tcp', port: proxies[1]?.port ?? 0 },
  ]
}
