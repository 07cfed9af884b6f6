variable "alert_emails" {
  description = "Who is written to when an alert opens: a short name => an e-mail address. Without, alerts are seen in the console only."
  type        = map(string)
  default     = {}
}

variable "console_url" {
  description = "Where failed messages are reviewed; runbooks link to it."
  type        = string
  default     = null
}
