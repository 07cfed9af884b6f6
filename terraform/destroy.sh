#!/usr/bin/env bash
# Destroys one environment that is not protected: terraform/destroy.sh ENVIRONMENT [options of terraform destroy].
# `terraform destroy` alone stops at its plan, because topics, subscriptions, database, secret and key must not be
# destroyed by mistake. This script lifts that for one run, where the environment says deletion_protection = false.
set -euo pipefail
environment=${1:?Usage: terraform/destroy.sh ENVIRONMENT [options of terraform destroy]}
shift
cd "$(dirname "$0")"
values=environments/$environment.tfvars
lifted=destroy_override.tf

[[ -f $values ]] || { echo "destroy.sh: there is no terraform/$values" >&2; exit 2; }
if ! grep -Eq '^deletion_protection[[:space:]]*=[[:space:]]*false\b' "$values"; then
  echo "destroy.sh: $environment is protected. Set deletion_protection = false in terraform/$values, apply, and run this again." >&2
  exit 1
fi

# The state that this checkout worked on last may be another environment's.
terraform init -reconfigure -backend-config="environments/$environment.gcs.tfbackend"

trap 'rm -f "$lifted"' EXIT
for resource in \
  google_firestore_database.orders \
  google_kms_crypto_key.keyset \
  google_pubsub_subscription.subscription \
  google_pubsub_topic.topic \
  google_secret_manager_secret.keyset; do
  printf 'resource "%s" "%s" {\n  lifecycle {\n    prevent_destroy = false\n  }\n}\n' "${resource%.*}" "${resource#*.}"
done > "$lifted"
terraform destroy -var-file="$values" "$@" && exit
echo "destroy.sh: not everything is gone. If a subnetwork is still in use: Cloud Run keeps the addresses of deleted functions \
for up to two hours. Run this again then." >&2
exit 1
