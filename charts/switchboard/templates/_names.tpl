{{- /*
Objects of the cluster have fixed names, and so have all others: one cluster has one operator. A second install, in whatever namespace, is
refused by Helm, for these objects are there and belong to the first.
*/ -}}

{{- define "switchboard.labels" -}}
app.kubernetes.io/name: switchboard
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: switchboard
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* What selects the pods of a component; a Deployment can never change it. */ -}}
{{- define "switchboard.selector" -}}
app.kubernetes.io/name: switchboard
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- /* repository:tag, or repository@digest. */ -}}
{{- define "switchboard.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* Pod Security "restricted", and a root that nothing is written to. */ -}}
{{- define "switchboard.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "switchboard.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* What the operator reads: operator.json. */ -}}
{{- define "switchboard.config" -}}
{{- $urls := list -}}
{{- range $name, $value := .Values.otel -}}
{{- if hasSuffix "_ENDPOINT" $name }}{{- $urls = append $urls $value }}{{- end -}}
{{- end -}}
{{- $worker := dict "image" (include "switchboard.image" .) "pullPolicy" .Values.image.pullPolicy "pullSecrets" .Values.worker.pullSecrets "priorityClass" .Values.worker.priorityClass.name "logLevel" .Values.worker.logLevel "resources" .Values.worker.resources "env" .Values.otel -}}
{{- $network := dict "policies" .Values.network.policies "metrics" .Values.network.metrics "edges" .Values.network.edges "dns" .Values.network.dns "denied" .Values.network.denied "urls" $urls -}}
{{- dict "historyLimit" .Values.operator.historyLimit "replacements" .Values.operator.replacements "worker" $worker "network" $network | toPrettyJson -}}
{{- end }}
