variable "functions" {
  description = "Names of folders in functions/."
  type        = set(string)
}
