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

{{- /* The operator's flags: `switchboard operator --help`. */ -}}
{{- define "switchboard.flags" -}}
- --image={{ include "switchboard.image" . }}
- --image-pull-policy={{ .Values.image.pullPolicy }}
- --log-level={{ .Values.operator.logLevel }}
- --concurrency={{ .Values.operator.concurrency }}
- --qps={{ .Values.operator.qps }}
- --history-limit={{ .Values.operator.historyLimit }}
- --replacements={{ .Values.operator.replacements }}
- --priority-class={{ .Values.worker.priorityClass.name }}
- --worker-log-level={{ .Values.worker.logLevel }}
- --worker-cpu={{ .Values.worker.cpu }}
- --worker-memory={{ .Values.worker.memory }}
{{- range $name, $value := .Values.worker.env }}
- {{ printf "--worker-env=%s=%s" $name $value | quote }}
{{- end }}
{{- range .Values.worker.pullSecrets }}
- --image-pull-secret={{ . }}
{{- end }}
{{- if not .Values.network.policies }}
- --no-network-policies
{{- end }}
{{- range .Values.network.metricsFrom }}
- {{ printf "--metrics-from=%s" . | quote }}
{{- end }}
{{- range .Values.network.edgesFrom }}
- {{ printf "--edges-from=%s" . | quote }}
{{- end }}
{{- range .Values.network.dns }}
- {{ printf "--dns=%s" . | quote }}
{{- end }}
{{- range .Values.network.deny }}
- {{ printf "--deny=%s" . | quote }}
{{- end }}
{{- end }}
