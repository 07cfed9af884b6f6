variable "trace_sample_ratio" {
  description = "The share of messages that are traced."
  type        = number

  validation {
    condition     = var.trace_sample_ratio >= 0 && var.trace_sample_ratio <= 1
    error_message = "trace_sample_ratio is a share, from 0 (none) to 1 (every message)."
  }
}

variable "max_ahead_seconds" {
  description = "How far after its publication a message may say that something happened, in seconds."
  type        = number

  validation {
    condition     = var.max_ahead_seconds >= 0
    error_message = "max_ahead_seconds is zero or more."
  }
}

variable "alert_webhook" {
  description = "The webhook of the person on call: the id of the secret with its URL, and its format; null for none."
  type = object({
    secret = string
    format = string
  })
  nullable = true

  validation {
    condition     = var.alert_webhook == null || can(regex("^[A-Za-z0-9_-]{1,255}$", var.alert_webhook.secret))
    error_message = "alert_webhook.secret is the id of a secret of the project, never the URL itself."
  }
  validation {
    condition     = var.alert_webhook == null ? true : contains(["json", "slack", "teams"], var.alert_webhook.format)
    error_message = "alert_webhook.format is json, slack or teams."
  }
}

variable "console_url" {
  description = "The console's address, to which notifications link; null where it has none."
  type        = string
  nullable    = true
}

variable "restrict_egress" {
  description = "Whether functions reach Google's services only."
  type        = bool
}

variable "push_proxy" {
  description = "The proxy between Pub/Sub and the functions: its URL, and the account it calls them as; null without a proxy."
  type = object({
    url     = string
    account = string
  })
  nullable = true

  validation {
    condition     = var.push_proxy == null || can(regex("^https://[^/?#\\s]+(/[^/?#\\s]+)*$", var.push_proxy.url))
    error_message = "push_proxy.url is an https URL without a slash at its end: tokens are made for exactly this text."
  }
  validation {
    condition     = var.push_proxy == null || can(regex("^[^@:\\s]+@[^@:\\s]+\\.gserviceaccount\\.com$", var.push_proxy.account))
    error_message = "push_proxy.account is the e-mail address of a service account."
  }
}

variable "console_roles" {
  description = "What each person may do on the console, by e-mail address."
  type        = map(string)

  validation {
    condition     = alltrue([for email in keys(var.console_roles) : can(regex("^[^@:\\sA-Z]+@[^@:\\sA-Z]+\\.[^@:\\sA-Z]+$", email))])
    error_message = "console_roles is keyed by e-mail addresses in lower case, as the proxy writes them; no groups, no \"user:\"."
  }
  validation {
    condition     = alltrue([for role in values(var.console_roles) : contains(["viewer", "operator", "approver"], role)])
    error_message = "A role of console_roles is viewer, operator or approver."
  }
}

variable "reviewers" {
  description = "The IAM members who may open the console."
  type        = set(string)
}

variable "environment" {
  description = "Which environment this is."
  type        = string
}

variable "alert_emails" {
  description = "Who gets an e-mail when an alert opens."
  type        = map(string)

  validation {
    condition     = alltrue([for address in values(var.alert_emails) : can(regex("^[^@:\\s]+@[^@:\\s]+$", address))])
    error_message = "alert_emails maps short names to e-mail addresses."
  }
}

variable "alert_channels" {
  description = "Further notification channels."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.alert_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", name))])
    error_message = "alert_channels are named in full: projects/PROJECT/notificationChannels/NUMBER."
  }
}

variable "iap_audience" {
  description = "What Identity-Aware Proxy signs its tokens for; null until the console's backend exists."
  type        = string
  nullable    = true

  validation {
    condition     = var.iap_audience == null || can(regex("^/projects/[0-9]+/global/backendServices/[0-9]+$", var.iap_audience))
    error_message = "iap_audience is /projects/NUMBER/global/backendServices/NUMBER, as the output console_audience prints it."
  }
}

variable "analytics" {
  description = "The IAM members who may read BigQuery's copy of the events; null for no copy."
  type = object({
    readers = set(string)
  })
  nullable = true

  validation {
    condition     = alltrue([for member in flatten(var.analytics[*].readers[*]) : can(regex("^(user|group|serviceAccount|domain):[^:\\s]+$", member))])
    error_message = "analytics.readers are IAM members by name, as in group:analysts@example.com."
  }
}

variable "keyset_custodians" {
  description = "The IAM members who make and rotate keysets."
  type        = set(string)

  validation {
    condition     = alltrue([for member in var.keyset_custodians : can(regex("^(user|group|serviceAccount):[^@:\\s]+@[^@:\\s]+$", member))])
    error_message = "keyset_custodians are IAM members by name, as in group:security@example.com: they can read every key."
  }
}
