/** How what is simulated ends: its sessions, then its sockets, then what listens. */
import type { Server } from 'node:http'
import type { WebSocketServer } from 'ws'

interface Ending {
  terminate(): void
}

/** @returns what ends it, once, however often it is called */
export function shutDown(
  server: Server,
  sessions: readonly Ending[] = [],
  sockets?: WebSocketServer,
): () => Promise<void> {
  let closing: Promise<void> | null = null
  return () => {
    closing ??= new Promise(resolve => {
      for (const session of sessions) session.terminate()
      sockets?.close()
      server.close(() => resolve())
      server.closeAllConnections()
    })
    return closing
  }
}
