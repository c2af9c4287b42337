import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** In a process of its own: uncaught errors are the test runner's here. */
const SCRIPT = `
import { createSocket } from 'node:dgram'
import { blameOn, catchUncaught } from ${JSON.stringify(fileURLToPath(new URL('./blame.ts', import.meta.url)))}
const said = []
const whose = name => ({ fail: error => said.push(name + ' ' + error.message) })
const undo = catchUncaught(error => said.push('nobody ' + error.message))
const socket = blameOn(whose('a'), () => createSocket('udp4'))
blameOn(whose('a'), () => socket.on('message', () => { throw new Error('socket') }))
blameOn(whose('b'), () => setTimeout(() => { throw new Error('timer') }, 1))
blameOn(whose('c'), async () => { await 1; throw new Error('promise') })
setTimeout(() => { throw new Error('stray') }, 1)
blameOn(whose('a'), () => socket.bind(0, '127.0.0.1', () => {
  const other = createSocket('udp4')
  other.send('x', socket.address().port, '127.0.0.1', () => other.close())
}))
setTimeout(() => { socket.close(); undo(); console.log(JSON.stringify(said.sort())) }, 200)
`

test('an uncaught error belongs to the call that started what failed, and the process goes on', async () => {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout?.on('data', data => {
    out += String(data)
  })
  const [code] = (await once(child, 'close')) as [number]
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual(['a socket', 'b timer', 'c promise', 'nobody stray'])
})
