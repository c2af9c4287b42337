/** The Collector of an e2e run: pods send it their traces, it hands them on to us. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { otelCollector } from '#test/apiserver/collector.ts'
import { type Collector, startCollector } from '#test/faults/collector.ts'
import { start } from '#test/phones/process.ts'

const PORT = 4318
const START_MS = 15_000

export interface RunningCollector extends Collector {
  /** Where pods send to: `http://10.77.0.1:4318`. */
  readonly endpoint: string
}

/** @param address that pods reach this machine at */
export async function runCollector(address: string, say: (line: string) => void): Promise<RunningCollector> {
  const binary = await otelCollector(say)
  const ours = await startCollector()
  const folder = mkdtempSync(join(tmpdir(), 'otelcol-'))
  const file = join(folder, 'collector.yaml')
  writeFileSync(file, JSON.stringify(config(`${address}:${PORT}`, ours.url)))
  const child = start(binary, ['--config', `file:${file}`])
  const close = async (): Promise<void> => {
    await child.stop(3000)
    await ours.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const endpoint = `http://${address}:${PORT}`
  for (const until = performance.now() + START_MS; ; await sleep(100)) {
    const answer = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: JSON_TYPE, body: '{}' }).catch(
      () => null,
    )
    await answer?.body?.cancel()
    if (answer?.ok === true) return { ...ours, endpoint, close }
    if (performance.now() < until) continue
    const said = child.output().slice(-2000)
    await close()
    throw new Error(`the Collector did not start:\n${said}`)
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }

function config(listen: string, to: string): unknown {
  return {
    receivers: { otlp: { protocols: { http: { endpoint: listen } } } },
    exporters: { otlp_http: { endpoint: to, encoding: 'json', compression: 'none' } },
    service: {
      pipelines: {
        traces: { receivers: ['otlp'], exporters: ['otlp_http'] },
        metrics: { receivers: ['otlp'], exporters: ['otlp_http'] },
      },
      telemetry: { metrics: { level: 'none' }, logs: { level: 'warn' } },
    },
  }
}
