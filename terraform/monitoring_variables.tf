variable "alert_emails" {
  description = "Who gets an e-mail when an alert opens: a short name => an address. Production needs one, or one of alert_channels."
  type        = map(string)
  default     = {}
}

variable "alert_channels" {
  description = "Further channels of the project, such as Slack or PagerDuty, made where their secrets stay: projects/P/notificationChannels/N."
  type        = set(string)
  default     = []
}

variable "console_url" {
  description = "Where failed messages are reviewed; runbooks link to it."
  type        = string
  default     = null
}
