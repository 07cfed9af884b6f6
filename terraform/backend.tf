# Bucket and prefix come from environments/<name>.gcs.tfbackend, so that one environment never opens another's state.
terraform {
  backend "gcs" {}
}
