# What an environment may switch on, as the functions' variables. A module without providers: its rules are tried in no
# time, and a broken rule stops the plan before anything else is looked at.

locals {
  # The members of a group are not known here; who is let in by name has to have a role.
  without_role = sort([
    for member in var.reviewers : member
    if length(var.console_roles) > 0 && can(regex("^(user|serviceAccount):", member))
    && !contains(keys(var.console_roles), lower(replace(member, "/^\\w+:/", "")))
  ])
}
