# Development with a webhook. It needs open egress, which a plan with every option does not have.
alert_webhook = { secret = "order-events-webhook", format = "slack" }
console_url   = "https://failed.dev.example.com"
