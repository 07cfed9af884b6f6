output "files" {
  description = "Per function, the files of its archive: path within the archive => path on this machine."
  value = {
    for name, files in local.own_files : name => merge(
      { for file in files : file => "${local.root}/functions/${name}/${file}" },
      { for module in setunion([], [
        for file in files : local.within_32["functions/${name}/${file}"] if endswith(file, ".py")
      ]...) : local.modules[module] => "${local.root}/${local.modules[module]}" },
      { "requirements.txt" = "${local.root}/functions/requirements.txt" },
    )
  }
}
