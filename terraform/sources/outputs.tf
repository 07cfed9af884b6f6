output "files" {
  description = "Per function, the files of its archive: path within the archive => path on this machine."
  value = {
    for name, files in local.own_files : name => merge(
      { for file in files : file => "${local.root}/functions/${name}/${file}" },
      { for module in keys(local.reached_16[name]) : local.modules[module] => "${local.root}/${local.modules[module]}" },
      {
        for file, package in local.documents : file => "${local.root}/${file}"
        if contains(keys(local.reached_16[name]), package)
      },
      { "requirements.txt" = "${local.root}/functions/requirements.txt" },
    )
  }

  precondition {
    condition     = alltrue([for modules in local.beyond : length(modules) == 0])
    error_message = "Imports more than 16 deep: ${jsonencode(local.beyond)}. Follow them further in sources/main.tf."
  }
}
