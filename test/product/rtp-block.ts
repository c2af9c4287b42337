/**
 * Media ports of one worker under test. Workers of test processes that run at the same time must not share any: a port that one has just
 * given back would be heard by the next, and what calls on loopback may latch to anything on it.
 */
import { createSocket, type Socket } from 'node:dgram'

export interface RtpBlock {
  readonly from: number
  readonly to: number
  /** Idempotent. */
  release(): void
}

/** 299 calls with RTCP; the last two ports are ours: one is held for as long as the block is. */
const PORTS = 600
/** Below the ports that the kernel and the phones take by themselves. */
const FIRST = 10_000
const BLOCKS = 16

/** @throws Error when all blocks are taken */
export async function claimRtpBlock(): Promise<RtpBlock> {
  for (let i = 0; i < BLOCKS; i++) {
    const from = FIRST + ((process.pid + i) % BLOCKS) * PORTS
    const claim = await hold(from + PORTS - 1)
    if (claim === null) continue
    let held = true
    const release = (): void => {
      if (held) claim.close()
      held = false
    }
    return { from, to: from + PORTS - 3, release }
  }
  throw new Error(`all ${BLOCKS} blocks of media ports are taken by other tests`)
}

function hold(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4')
  return new Promise(resolve => {
    socket.once('error', () => {
      socket.close()
      resolve(null)
    })
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => {
      // The claim ends with the process at the latest, and does not keep it alive.
      socket.unref()
      resolve(socket)
    })
  })
}
