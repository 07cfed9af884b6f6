#!/usr/bin/env bash
# Brings an empty project to a deployed environment: terraform/bootstrap.sh PROJECT ENVIRONMENT [--dry-run]
#
# An owner of the project runs it: the first time, and whenever a change takes an owner. Each step leaves what is there
# already, so it may be run again after any failure. --dry-run prints the commands and runs none of them.
set -euo pipefail

usage() { echo "Usage: terraform/bootstrap.sh PROJECT ENVIRONMENT [--dry-run]" >&2; exit 2; }
dry=
[[ ${*: -1} != --dry-run ]] || { dry=yes; set -- "${@:1:$#-1}"; }
[[ $# == 2 ]] || usage
project=$1 environment=$2
cd "$(dirname "$0")/.."

number=0
remedy=
step() {
  number=$((number + 1))
  printf '\n%s. %s\n' "$number" "$1"
}
note() { printf '   # %s\n' "$1"; }
stop() {
  printf '\nbootstrap.sh stopped at step %s. %s\nThen run it again: it goes on where it stopped.\n' "$number" "$1" >&2
  exit 1
}
show() {
  local word line='   $'
  for word in "$@"; do
    if [[ $word =~ [[:space:]*~()] ]]; then line+=" '$word'"; else line+=" $word"; fi
  done
  echo "$line"
}
# Prints a command and runs it; where it fails, prints the remedy and stops.
run() {
  show "$@"
  [[ -z $dry ]] || return 0
  "$@" || stop "$remedy"
}
# Says whether something is there already; a dry run assumes that it is not.
there() { [[ -z $dry ]] && "$@" > /dev/null 2>&1; }

value() { sed -nE "s/^$2[[:space:]]*=[[:space:]]*\"?([^\"#]*[^\"# ])\"?.*/\1/p" "$1"; }
values=terraform/environments/$environment.tfvars
backend=terraform/environments/$environment.gcs.tfbackend
[[ -f $values && -f $backend ]] || stop "There is no $values or $backend: copy those of another environment and edit them."
[[ $(value "$values" project_id) == "$project" ]] || stop "Set project_id = \"$project\" in $values."
bucket=$(value "$values" state_bucket)
[[ $(value "$backend" bucket) == "$bucket" ]] || stop "Name the same bucket in $values (state_bucket) and $backend (bucket)."
region=$(value "$values" region)
region=${region:-asia-southeast1}
tf=(terraform -chdir=terraform)
vars=-var-file=environments/$environment.tfvars

step "The project, the bucket of Terraform's state, and a build to see whether the region takes builds"
remedy="Sign in as an owner: gcloud auth login && gcloud auth application-default login. Check the id of the project."
run gcloud projects describe "$project" "--format=value(projectNumber)"
remedy="Link a billing account: gcloud billing projects link $project --billing-account=ID"
# compute.googleapis.com: with it Google makes the account that a new project's builds run as.
run gcloud services enable serviceusage.googleapis.com cloudresourcemanager.googleapis.com cloudbuild.googleapis.com \
  compute.googleapis.com storage.googleapis.com "--project=$project"
remedy="Choose another name for state_bucket: names of buckets are unique in the world."
if ! there gcloud storage buckets describe "gs://$bucket"; then
  run gcloud storage buckets create "gs://$bucket" "--project=$project" "--location=$region" \
    --uniform-bucket-level-access --public-access-prevention
fi
# Saved plans go after 70 days: Cloud Build takes no approval of a build that has waited for two months. Of the state,
# only old versions go: each is kept for 90 days, and the newest 50 for ever.
run gcloud storage buckets update "gs://$bucket" --versioning --lifecycle-file=terraform/state_lifecycle.json
run gcloud storage service-agent "--project=$project"
remedy="$region refuses builds of this project. Ask for the quota 'Concurrent builds' of Cloud Build there, or set region in $values to one that takes them."
run gcloud builds submit --no-source --config=terraform/pipeline/try.yaml "--region=$region" "--project=$project"

step "The secret of the keyset, and the key that wraps the keyset"
remedy="Read Terraform's error above. An organization policy may refuse a location or a service: terraform/README.md, \"Organization policies\"."
run "${tf[@]}" init -reconfigure "-backend-config=environments/$environment.gcs.tfbackend"
run "${tf[@]}" apply "$vars" -target=google_secret_manager_secret_iam_member.custodian \
  -target=google_kms_crypto_key_iam_member.custodian

step "The keyset: made here, wrapped by the key, stored in the secret; a function does not start without it"
if there gcloud secrets versions describe latest --secret=order-events-keyset "--project=$project"; then
  note "The secret holds a keyset: it stays. README.md says how to rotate it."
else
  remedy="Name yourself in $values, as in keyset_custodians = [\"user:you@retailer.example\"]; a new grant takes up to ten minutes to be seen everywhere. Install the tools with: make lint"
  key=KEY
  [[ -n $dry ]] || key=$("${tf[@]}" output -raw keyset_kms_key) || stop "$remedy"
  keyset=$(mktemp -d)/keyset.json
  trap 'rm -rf "${keyset%/*}"' EXIT
  [[ -z $dry ]] || keyset=KEYSET
  # Credentials may name another project, in which Cloud KMS is off.
  run env "GOOGLE_CLOUD_QUOTA_PROJECT=$project" .venv/bin/python -m shared.maintenance create --kms-key "$key" --out "$keyset"
  run gcloud secrets versions add order-events-keyset "--data-file=$keyset" "--project=$project"
fi

step "Everything else; about twenty minutes, most of them waiting for grants and images"
remedy="Read Terraform's error above. '403' or 'permission denied': grants take up to ten minutes to be seen everywhere, so wait. '409' or 'contention': Firestore was changed in too many places at once. 'quota' or 'constraint': terraform/README.md, \"Quotas\" and \"Organization policies\"."
run "${tf[@]}" apply "$vars"
if [[ $(value "$values" gradual_rollout) != false ]]; then
  note "A function sends all requests to its newest revision until it is pinned. Pinned, it waits for traffic.py:"
  run python3 terraform/traffic.py pin "--project=$project" "--region=$region"
fi
note "No account but Google's own agent may be an editor:"
editors=(gcloud projects get-iam-policy "$project" "--flatten=bindings[].members" "--format=value(bindings.members)"
  "--filter=bindings.role:roles/editor AND NOT bindings.members~@cloudservices.gserviceaccount.com$")
show "${editors[@]}"
if [[ -z $dry ]]; then
  found=$("${editors[@]}") || stop "$remedy"
  [[ -z $found ]] || stop "These accounts are editors: $found. Take the role away: gcloud projects remove-iam-policy-binding $project --member=ACCOUNT --role=roles/editor"
fi

step "An order, sent through the deployed system"
remedy="See what the functions logged: gcloud logging read 'resource.type=cloud_run_revision severity>=WARNING' --project=$project --freshness=15m"
run terraform/canary.sh "$project" 300
if [[ $(value "$values" gradual_rollout) != false ]]; then
  note "In a project that was deployed before, new revisions still wait for requests. Step 4 lists them. Move them:"
  note "python3 terraform/traffic.py finish --project=$project --region=$region"
fi

step "The pipeline"
if [[ -n $(value "$values" repository) ]]; then
  note "The triggers build $(value "$values" repository)."
else
  note "Connect your Git host: https://console.cloud.google.com/cloud-build/repositories/2nd-gen?project=$project"
  note "Then name the repository in $values, and run this again:"
  note "repository = \"projects/$project/locations/$region/connections/NAME/repositories/NAME\""
fi
note "Commit terraform/.terraform.lock.hcl: it pins the providers' checksums."
[[ -z $dry ]] || printf '\nThis was a dry run: nothing was changed.\n'
