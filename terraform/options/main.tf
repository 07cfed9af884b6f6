# What an environment may switch on, as functions are told of it. A module without providers: its rules are tried in no
# time, and whoever breaks one is stopped before anything is planned.

locals {
  # With roles whoever is not named may only look, and the schedule has to act.
  roles = length(var.console_roles) == 0 ? {} : merge(var.console_roles, { (var.schedule_account) = "operator" })

  # Of a group's members nothing is known here; who is let in by name has to have a role.
  without_role = sort([
    for member in var.reviewers : member
    if length(local.roles) > 0 && can(regex("^(user|serviceAccount):", member))
    && !contains(keys(local.roles), lower(replace(member, "/^\\w+:/", "")))
  ])
}
