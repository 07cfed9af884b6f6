"""Prices of Google Cloud in asia-southeast1, in US dollars, as published: check before use.

Free allowances, committed-use discounts and taxes are left out. `checked` says how a price was verified:
"published" comes from the vendor's page; "tier" from another page that quotes the vendor's price for this
region's tier; "elsewhere" is the vendor's price for another region, because this one's was not available.
"""

from dataclasses import dataclass
from typing import Literal

REGION = "asia-southeast1"
TIB, GIB = 2**40, 2**30

RUN = "cloud.google.com/run/pricing"
FIRESTORE = "cloud.google.com/firestore/pricing"
OBSERVABILITY = "cloud.google.com/stackdriver/pricing"


@dataclass(frozen=True)
class Price:
    """`usd` for every `per` of `unit`."""

    what: str
    usd: float
    per: float
    unit: str
    source: str
    checked: Literal["published", "tier", "elsewhere"]
    note: str = ""

    def of(self, amount: float) -> float:
        """Return the dollars for an amount of the unit."""
        return amount * self.usd / self.per


RUN_CPU = Price("Cloud Run, processor", 0.0000336, 1, "vCPU-second", RUN, "tier", "request-based, Tier 2")
RUN_MEMORY = Price("Cloud Run, memory", 0.0000035, 1, "GiB-second", RUN, "tier", "request-based, Tier 2")
RUN_IDLE_CPU = Price(
    "Cloud Run, processor of an idle minimum instance", 0.0000035, 1, "vCPU-second", RUN, "tier", "Tier 2"
)
RUN_IDLE_MEMORY = Price(
    "Cloud Run, memory of an idle minimum instance", 0.0000035, 1, "GiB-second", RUN, "tier", "Tier 2"
)
RUN_REQUESTS = Price("Cloud Run, requests", 0.40, 1e6, "request", RUN, "published")
PUBSUB = Price(
    "Pub/Sub, published and delivered",
    40.0,
    TIB,
    "byte",
    "cloud.google.com/pubsub/pricing",
    "published",
    "1,000 bytes a request at least; dead letters and pushes count",
)
RETENTION = Price(
    "Pub/Sub, messages that topics keep",
    0.27,
    GIB,
    "byte-month",
    "cloud.google.com/pubsub/pricing",
    "tier",
    "the same in all regions",
)
READS = Price("Firestore, reads", 0.038, 1e5, "document", FIRESTORE, "elsewhere", "asia-northeast1")
WRITES = Price("Firestore, writes", 0.115, 1e5, "document", FIRESTORE, "elsewhere", "asia-northeast1")
DELETES = Price(
    "Firestore, deletes by TTL", 0.013, 1e5, "document", FIRESTORE, "elsewhere", "asia-northeast1"
)
STORAGE = Price("Firestore, storage", 0.115, GIB, "byte-month", FIRESTORE, "elsewhere", "asia-northeast1")
LOGS = Price("Cloud Logging", 0.50, GIB, "byte", OBSERVABILITY, "published", "30 days of storage included")
METRICS = Price(
    "Cloud Monitoring, own metrics", 0.2580, 2**20, "byte", OBSERVABILITY, "published", "first band"
)
BALANCER = Price(
    "Load balancer, forwarding rule", 0.025, 1, "hour", "cloud.google.com/vpc/network-pricing", "tier"
)
KEY = Price("Cloud KMS, key version", 0.06, 1, "version-month", "cloud.google.com/kms/pricing", "tier")
SECRET = Price(
    "Secret Manager, version", 0.06, 1, "version-month", "cloud.google.com/secret-manager/pricing", "tier"
)
ZONE = Price("Cloud DNS, private zone", 0.20, 1, "zone-month", "cloud.google.com/dns/pricing", "tier")
SCAN = Price(
    "Container scanning",
    0.26,
    1,
    "image",
    "cloud.google.com/artifact-analysis/pricing",
    "tier",
    "each function that a deployment changes",
)
EGRESS = Price("Egress within the region", 0.0, GIB, "byte", RUN, "published", "to Google's own services")

PRICES = (
    RUN_CPU,
    RUN_MEMORY,
    RUN_IDLE_CPU,
    RUN_IDLE_MEMORY,
    RUN_REQUESTS,
    PUBSUB,
    RETENTION,
    READS,
    WRITES,
    DELETES,
    STORAGE,
    LOGS,
    METRICS,
    BALANCER,
    KEY,
    SECRET,
    ZONE,
    SCAN,
    EGRESS,
)
