/** A worker as users start it, and the process that carries its callers and its provider. */
import { type ProductOptions, type RunningWorker, startWorker } from '#test/product/product.ts'
import { LoadProcess } from './load-process.ts'

/** The worker as users start it. */
export const AS_SHIPPED = { node: 'bin/switchboard', entry: [] } as const

export interface LoadedWorker {
  readonly load: LoadProcess
  readonly product: RunningWorker
  readonly close: () => Promise<void>
}

export async function startLoaded(slots: number, more: Pick<ProductOptions, 'env'> = {}): Promise<LoadedWorker> {
  const load = new LoadProcess()
  const { port } = await load.ask({ do: 'listen' }, 'listening')
  const order = {
    baseURL: `http://127.0.0.1:${port}/v1/realtime`,
    slots,
    codecs: ['PCMU'] as const,
    ...AS_SHIPPED,
    ...more,
  }
  const product = await startWorker(order).catch((error: unknown) => {
    load.stop()
    throw error
  })
  const close = async (): Promise<void> => {
    await product.stop()
    load.stop()
  }
  return { load, product, close }
}
