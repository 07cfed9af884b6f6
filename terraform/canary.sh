#!/usr/bin/env bash
# Sends orders through a deployed system and waits until each was created: terraform/canary.sh PROJECT [SECONDS] [ORDERS].
# The orders are of a location and a customer of their own, so no real stock is touched.
set -euo pipefail
project=${1:?Usage: terraform/canary.sh PROJECT [SECONDS] [ORDERS]}
seconds=${2:-180}
orders=${3:-1}
subscription=order-events-canary-sub
run=canary-$(date +%s)-$RANDOM

order() {
  local id=$1 now
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  cat <<JSON
{"orderId": "$id", "customerId": "$id", "shipFromLocationId": "LOC-CANARY", "isForceAllocation": true, "orderDate": "$now",
 "lineItems": [{"lineNumber": 1, "sku": "SKU-CANARY", "quantity": 1, "unitPrice": 1.00, "isBundle": false}],
 "totals": {"subTotal": 1.00, "tax": 0.00, "shipping": 0.00, "discount": 0.00, "total": 1.00},
 "payment": {"method": "CC", "amount": 1.00}}
JSON
}

for ((number = 1; number <= orders; number++)); do
  gcloud pubsub topics publish order-create --project="$project" --message="$(order "$run-$number" | tr -d '\n')" \
    --ordering-key="$run-$number" --attribute="source=QC-SMF,version=1.0,correlationId=$run-$number" > /dev/null
done

created="" # lines of event type and correlation id, each order once
count=0
deadline=$((SECONDS + seconds))
while ((SECONDS < deadline)); do
  pulled=$(gcloud pubsub subscriptions pull "$subscription" --project="$project" --auto-ack --limit=100 \
    --format='value(message.attributes.eventType, message.attributes.correlationId)')
  created=$(printf '%s\n' "$created" "$pulled" | { grep -E "^order\.created[[:space:]]+$run-" || true; } | sort -u)
  count=$(printf '%s' "$created" | grep -c . || true)
  if ((count == orders)); then
    echo "$run: $orders of $orders orders created"
    exit 0
  fi
  [[ -n $pulled ]] || sleep 2
done
echo "$run: $count of $orders orders created within $seconds s" >&2
exit 1
