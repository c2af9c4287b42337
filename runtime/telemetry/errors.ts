import { defineError } from '#errors/registry.ts'

export const otelSettingIgnored = defineError(
  'SB_TELEMETRY_SETTING',
  '%s=%s is ignored: %s',
  'Correct the variable, or remove it; the default is used meanwhile.',
)
export const exportFailed = defineError(
  'SB_TELEMETRY_EXPORT',
  'telemetry could not be exported: %s',
  'Check OTEL_EXPORTER_OTLP_ENDPOINT and the collector behind it. Calls are not affected; spans beyond the queue are dropped.',
)
