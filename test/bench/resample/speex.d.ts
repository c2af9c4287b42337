/** The part of Speex's exports that the bench calls; the package has no types. */
declare module '@echogarden/speex-resampler-wasm/simd' {
  interface SpeexModule {
    readonly HEAP16: Int16Array
    readonly HEAPU32: Uint32Array
    _malloc(bytes: number): number
    _speex_resampler_init(channels: number, from: number, to: number, quality: number, error: number): number
    _speex_resampler_process_int(
      state: number,
      channel: number,
      input: number,
      inputCount: number,
      output: number,
      outputCount: number,
    ): number
  }
  const load: () => Promise<SpeexModule>
  export default load
}
