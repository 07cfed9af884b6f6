variable "project_id" {
  description = "The project that holds everything of one environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case characters, digits and hyphens, and begins with a character."
  }
}

variable "environment" {
  description = "Which environment this is; production asks for approval before it changes."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment is dev, staging or prod."
  }
}

variable "region" {
  description = "Where functions run and where messages, orders and keys are stored (requirements 11.1)."
  type        = string
  default     = "asia-southeast1"
}

variable "runtime" {
  description = "The functions' runtime; the Python that the tests run on."
  type        = string
  default     = "python311"
}

variable "keep_warm" {
  description = "Whether to pay for the topology's minimum instances; without them a first message waits for a cold start."
  type        = bool
  default     = true
}

variable "max_instances" {
  description = "The most instances of any one function, where the project's quota is below what the topology asks for; the topology's own without."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.max_instances, 1) >= 1
    error_message = "A function has at least one instance at most."
  }
}

variable "database" {
  description = "The Firestore database; another one where a restored copy has taken its place (runbooks/procedures/restore.md)."
  type        = string
  default     = "(default)"

  validation {
    condition     = can(regex("^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$", var.database))
    error_message = "A database is named (default), or by 4 to 63 lower-case characters, digits and hyphens, beginning with a character."
  }
}

variable "restored" {
  description = "After a restore, as `recover.py switch` prints it: the moment that the database was restored to, when, and the lowest version of an order that changes; null before the first one."
  type = object({
    to                = string
    at                = string
    min_order_version = number
  })
  default = null

  validation {
    condition     = var.restored == null ? true : can(timecmp(var.restored.to, var.restored.at)) ? timecmp(var.restored.to, var.restored.at) < 0 : false
    error_message = "restored.to is before restored.at, both such as 2026-11-26T03:00:00Z."
  }
  validation {
    condition     = var.restored == null ? true : var.restored.min_order_version > 0 && floor(var.restored.min_order_version) == var.restored.min_order_version
    error_message = "restored.min_order_version is a positive whole number."
  }
}

variable "default_currency" {
  description = "The currency of orders that name none, by its three letters (ISO 4217)."
  type        = string
  default     = "THB"

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.default_currency))
    error_message = "A currency has three upper-case characters, as in THB."
  }
}

variable "default_utc_offset" {
  description = "The time zone of `timestamp` attributes without an offset, by its offset from UTC."
  type        = string
  default     = "+07:00"

  validation {
    condition     = can(regex("^[+-][0-9]{2}:[0-9]{2}$", var.default_utc_offset))
    error_message = "An offset has a sign, hours and minutes, as in +07:00."
  }
}

variable "max_ahead_seconds" {
  description = "How far after its publication a message may say that something happened, in seconds; beyond that it is rejected."
  type        = number
  default     = 86400
}

variable "alert_webhook" {
  description = "A webhook for notifications of failed messages, beside the alerts: the id of the secret with its URL, and json, slack or teams; needs restrict_egress = false."
  type = object({
    secret = string
    format = string
  })
  default = null
}

variable "restrict_egress" {
  description = "Whether functions reach Google's services only. Without, a cold start is up to a minute shorter."
  type        = bool
  default     = true
}

variable "gradual_rollout" {
  description = "Whether a new revision of a function first takes a tenth of its requests; else all of them at once."
  type        = bool
  default     = true
}

variable "deletion_protection" {
  description = "Whether orders, functions' keys and failed messages are protected from `terraform destroy`."
  type        = bool
  default     = true
}

variable "backup_retention_days" {
  description = "How long each daily backup of Firestore is kept, in days."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 98
    error_message = "Firestore keeps a backup for 1 to 98 days."
  }
}

variable "keyset_version" {
  description = "The version of the keyset's secret that functions read. A number, not \"latest\": instances would switch keys one by one."
  type        = number
  default     = 1
}

variable "keyset_custodians" {
  description = "Who makes and rotates keysets: IAM members, as in group:security@example.com. Without, an owner of the project."
  type        = set(string)
  default     = []
}

variable "trace_sample_ratio" {
  description = "The share of messages that are traced in Cloud Trace, from 0 to 1; without it tracing is not even loaded."
  type        = number
  default     = 0
}

variable "push_proxy" {
  description = "The proxy between Pub/Sub and the functions, if there is one: its URL, below which each function has its name, and the account it calls them as. Functions then verify the pushes' tokens themselves."
  type = object({
    url     = string
    account = string
  })
  default = null
}

variable "publishers" {
  description = "Who may publish to which topic: topic => IAM members, as in serviceAccount:shop@example.iam.gserviceaccount.com."
  type        = map(set(string))
  default     = {}
}

variable "mounted_credentials" {
  description = "A key to mount at /secrets/pubsub-sa.json (requirements 9.1): the id of its secret and the account it belongs to. Keyless without."
  type = object({
    secret  = string
    account = string
  })
  default = null
}

variable "console_access" {
  description = "The console's domain and the IAM members who may open it, as in group:on-call@example.com. Without it no one can."
  type = object({
    domain  = string
    members = set(string)
  })
  default = null

  validation {
    condition = length(setintersection(
      flatten([for each in var.console_access[*] : tolist(each.members)]), ["allUsers", "allAuthenticatedUsers"]
    )) == 0
    error_message = "The console shows personal data: name who may open it."
  }
}

variable "console_roles" {
  description = "What each person may do on the console: e-mail address => viewer, operator or approver. With any, a reviewer who is not named may only look; without, each may do everything."
  type        = map(string)
  default     = {}
}

variable "iap_audience" {
  description = "What Identity-Aware Proxy signs the console's requests for: the output console_audience, once console_access was applied. The console then believes no unsigned name."
  type        = string
  default     = null
}

variable "analytics" {
  description = "BigQuery's copy of the events on order-events, without personal data, and who may read it: IAM members, as in group:analysts@example.com. No copy without."
  type = object({
    readers = set(string)
  })
  default = null
}

variable "repository" {
  description = "The Cloud Build repository (projects/P/locations/L/connections/C/repositories/R) that triggers builds; no triggers without."
  type        = string
  default     = null
}

variable "state_bucket" {
  description = "The bucket of the Terraform state and of saved plans, made at bootstrap."
  type        = string
}
