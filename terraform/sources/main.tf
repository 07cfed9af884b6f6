# Which files each function is made of: its own folder, the modules of shared/ it imports, directly or not, and the
# pinned requirements. Only these are in its archive, so a change redeploys exactly the functions it touches; a change of
# a page (*.md) redeploys none. HCL has no recursion: chains of imports are followed four at a time, up to 16, and a
# longer one stops the plan.

locals {
  root = "${path.module}/../.."

  modules = {
    for file in fileset(local.root, "shared/**/*.py") :
    replace(trimsuffix(trimsuffix(file, ".py"), "/__init__"), "/", ".") => file
  }

  # A package takes along the documents in its folder.
  documents = {
    for file in fileset(local.root, "shared/**/*.json") : file => replace(dirname(file), "/", ".")
  }

  own_files = {
    for name in var.functions : name => [
      for file in fileset("${local.root}/functions/${name}", "**") : file
      if !strcontains(file, "__pycache__") && !endswith(file, ".pyc") && !endswith(file, ".md")
    ]
  }

  # Every Python text: a module of shared/ under its dotted name, a function's own file under its path.
  texts = merge(
    { for module, file in local.modules : module => file("${local.root}/${file}") },
    { for unit in flatten([
      for name, files in local.own_files : [for file in files : "functions/${name}/${file}" if endswith(file, ".py")]
    ]) : unit => file("${local.root}/${unit}") },
  )

  # "from shared.x import (a, b)" may mean the attributes or the modules shared.x.a and shared.x.b: both are candidates.
  statements = {
    for unit, text in local.texts : unit => regexall(
      "(?m)^\\s*(?:from\\s+(?P<from>shared[\\w.]*)\\s+import\\s+(?P<names>\\([^)]*\\)|[^\\n]*)|import\\s+(?P<plain>shared[\\w.]*))",
      text,
    )
  }
  candidates = {
    for unit, found in local.statements : unit => flatten([
      for statement in found : statement.from == null ? [statement.plain] : concat(
        [statement.from],
        [for name in regexall("\\w+", statement.names) : "${statement.from}.${name}"],
      )
    ])
  }

  # Importing a.b.c also runs a and a.b. Each unit's imports are the keys of an object: Terraform merges objects in a
  # fraction of the time that it takes for sets.
  imports = {
    for unit, found in local.candidates : unit => {
      for module in toset(concat([unit], flatten([
        for candidate in found : [
          for depth in range(1, length(split(".", candidate)) + 1) : join(".", slice(split(".", candidate), 0, depth))
        ]
      ]))) : module => true if can(local.modules[module])
    }
  }
  within_2 = { for unit, found in local.imports : unit => merge([for each in keys(found) : local.imports[each]]...) }
  within_4 = { for unit, found in local.within_2 : unit => merge([for each in keys(found) : local.within_2[each]]...) }

  reached_4 = {
    for name, files in local.own_files : name => merge([
      for file in files : local.within_4["functions/${name}/${file}"] if endswith(file, ".py")
    ]...)
  }
  reached_8  = { for name, found in local.reached_4 : name => merge([for each in keys(found) : local.within_4[each]]...) }
  reached_12 = { for name, found in local.reached_8 : name => merge([for each in keys(found) : local.within_4[each]]...) }
  reached_16 = { for name, found in local.reached_12 : name => merge([for each in keys(found) : local.within_4[each]]...) }

  beyond = {
    for name, found in local.reached_16 : name =>
    setsubtract(keys(merge([for each in keys(found) : local.imports[each]]...)), keys(found))
  }
}
