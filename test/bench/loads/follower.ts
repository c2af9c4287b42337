/** A process that follows as many pods as it is told to, as the operator does, and says how many it hears of. */
import { LoadFollower } from '#operator/loads/load-follower.ts'
import { makeKey, signingKeyOf, signToken } from '#operator/tokens/sign.ts'

const [port, count] = [Number(process.argv[2]), Number(process.argv[3])]

const keys = [await makeKey(Date.now())]
const key = signingKeyOf({ v: 1, signing: keys[0]?.kid ?? '', signingSince: Date.now(), keys })
let changes = 0
const follower = new LoadFollower({
  signer: { sign: use => Promise.resolve(signToken(key, use, Date.now())) },
  port,
  onChange: () => {
    changes += 1
  },
})
for (let i = 0; i < count; i += 1) {
  const address = `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255 || 254}`
  // 254 stands in for 0, which has a pod of its own: an address in another network for those
  const own = (i & 255) === 0 ? `127.200.${i >> 8}.1` : address
  follower.follow(`acme/agent-${i}`, [{ uid: own, name: own, address: own }])
}
process.on('message', () => process.send?.({ ...follower.counts, changes }))
process.on('disconnect', () => process.exit(0))
process.send?.({ ...follower.counts, changes })
