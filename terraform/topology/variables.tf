variable "publishers" {
  description = "Topic => IAM members that publish to it."
  type        = map(set(string))
  default     = {}
}
