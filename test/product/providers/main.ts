/**
 * Many simulated providers in one process, as a plan says; their addresses are the first line it prints. In a process of its own: to make sound
 * takes time, and no phone may lose any for it.
 */
import { readFileSync } from 'node:fs'
import { startGeminiSimulator } from '#simulators/gemini/start.ts'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import type { PlannedProvider } from './start.ts'

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as PlannedProvider[]
const urls: string[] = []
for (const { kind, script, firstMark = 1 } of plan) {
  const options = { script, speech: 'watermark', firstMark } as const
  const { port } = await (kind === 'OpenAI' ? startRealtimeSimulator(options) : startGeminiSimulator(options))
  urls.push(`http://127.0.0.1:${port}`)
}
process.stdout.write(`listening ${JSON.stringify(urls)}\n`)
