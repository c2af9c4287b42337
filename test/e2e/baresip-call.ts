/**
 * One conversation of a real phone, run where phones are: `node baresip-call.ts URI OWN-ADDRESS USER WAV SECONDS`. The phone plays the WAV from
 * the moment the call is up. Prints JSON: what it recorded, or why it has nothing.
 */
import { startBaresip } from '#test/phones/baresip.ts'
import { sleep } from '#test/phones/process.ts'

const [uri = '', address = '', user = '', play = '', seconds = '0'] = process.argv.slice(2)
const ANSWER_MS = 15_000

const phone = await startBaresip({ play, address, user })
try {
  phone.dial(uri)
  await phone.waitFor('CALL_ESTABLISHED', ANSWER_MS)
  await sleep(Number(seconds) * 1000)
  phone.hangUp()
  await phone.waitFor('CALL_CLOSED', 5000)
  // It writes the last of its recordings then.
  await sleep(500)
  console.log(JSON.stringify({ heard: phone.recordings().heard[0] ?? null }))
} catch (error) {
  console.log(JSON.stringify({ heard: null, error: String(error) }))
  process.exitCode = 1
} finally {
  await phone.stop()
}
