"""Sources of manifests to measure with."""


def large(number):
    """A manifest of about 1 KB."""
    return f"""# Owned by team {number % 97}; ask in the channel before you change the budget.
apiVersion: bursar/v1
kind: Workspace
metadata:
  name: workspace-{number}
  labels: {{team: team-{number % 97}, env: prod, region: eu-central}}
spec:
  budget: {{limit: {number % 500 + 1}.50, period: 30d, warnAt: 80%}}
  models:
    - gf-chat-default
    - gf-chat-pro
    - gf-embed-default
    - gf-vision-default
  limits:
    requestsPerMinute: {number % 600 + 1}
    tokensPerMinute: 200000
    parallelRequests: 20
  keys:
    - secret: LITELLM_API_KEY
      models: [gf-chat-default, gf-chat-pro]
      limits: {{requestsPerMinute: 100, tokensPerMinute: 50000}}
    - secret: INDEXER_API_KEY
      models: [gf-embed-default]
      limits: {{requestsPerMinute: 100, tokensPerMinute: 50000}}
  prune: true
  suspended: false
# {'-' * 200}
"""


def small(name, number, after=None):
    """A workspace with one key, which is to be rotated if it was minted before `after`."""
    keys = f"  keys: [{{secret: LITELLM_API_KEY, rotation: {{after: {after}, afterOverlap: 24h}}}}]\n" if after else ""
    return f"""apiVersion: bursar/v1
kind: Workspace
metadata:
  name: {name}
spec:
  budget: {{limit: {number % 500 + 1}.50, period: 30d, warnAt: 80%}}
  models: [gf-chat-default, gf-embed-default]
  limits: {{requestsPerMinute: 600, tokensPerMinute: 200000}}
{keys}"""


def source(folder, texts):
    """A source of these manifests, a hundred a folder; gives their paths. Its secrets stand beside it."""
    folder.mkdir()
    (folder / "bursar.yaml").write_text(
        "apiVersion: bursar/v1\nkind: Configuration\nmetadata: {name: bench}\n"
        f"spec: {{secrets: {{directory: {{path: {folder}.secrets}}}}, apply: {{limits: {{rotations: 1000}}}}}}\n")
    paths = []
    for number, text in enumerate(texts):
        place = folder / f"{number // 100:03}"
        place.mkdir(exist_ok=True)
        paths.append(place / f"w{number}.yaml")
        paths[-1].write_text(text)
    return paths


def inheriting(number):
    """A workspace that writes what it must; the rest stands in three directories' defaults."""
    return f"""# Owned by team {number % 97}; ask in the channel before you change the budget.
apiVersion: bursar/v1
kind: Workspace
metadata:
  name: workspace-{number}
  labels: {{team: team-{number % 97}, cost-center: "{number % 13}"}}
  annotations:
    runbook: https://runbooks.acme.example/team-{number % 97}
spec:
  budget:
    limit: {number % 500 + 1}.50
  limits:
    requestsPerMinute: {number % 600 + 1}
  keys:
    - secret: LITELLM_API_KEY
      models: [gf-chat-default]
      rotation: {{every: 30d, maxAge: 60d, overlap: 24h}}
    - secret: INDEXER_API_KEY
      models: [gf-embed-default]
      limits: {{requestsPerMinute: 100, tokensPerMinute: 50000}}
      rotation: {{every: 14d, overlap: 6h}}
"""


def defaults(name, spec):
    return f"apiVersion: bursar/v1\nkind: Defaults\nmetadata: {{name: {name}}}\nspec:\n{spec}"


def policy(name, spec):
    return f"apiVersion: bursar/v1\nkind: Policy\nmetadata: {{name: {name}}}\nspec:\n{spec}"


def fleet(folder, count):
    """Twenty workspaces a directory, ten directories an environment, three levels of defaults and two policies; gives the paths."""
    folder.mkdir()
    (folder / "bursar.yaml").write_text("apiVersion: bursar/v1\nkind: Configuration\nmetadata: {name: bench}\nspec: {}\n")
    paths = []

    def write(place, text):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        paths.append(place)

    write(folder / "defaults.yaml", defaults(
        "all", "  budget: {period: 30d, warnAt: 80%}\n  models: [gf-chat-default]\n  limits: {requestsPerMinute: 100, tokensPerMinute: 100000}\n"))
    write(folder / "policy.yaml", policy(
        "all", "  budget: {required: true, maximum: 1000.00}\n  models: {allowed: [gf-*], forbidden: ['*-secret']}\n"
        "  rotation: {required: true, maximumAge: 90d}\n  overlap: {minimum: 1h, maximum: 7d}\n  labels: {required: [team]}\n"))
    for number in range(count):
        directory = number // 20
        environment = folder / f"env-{directory // 10:03}"
        place = environment / f"{directory % 10}"
        if number % 200 == 0:
            write(environment / "defaults.yaml", defaults(environment.name, "  limits: {tokensPerMinute: 500000, parallelRequests: 50}\n  prune: false\n"))
            write(environment / "policy.yaml", policy(
                environment.name, "  rotation: {maximumAge: 60d}\n  labels: {required: [cost-center]}\n  annotations: {required: [runbook]}\n"))
        if number % 20 == 0:
            write(place / "defaults.yaml", defaults(
                f"{environment.name}-{directory % 10}", "  models: [gf-chat-default, gf-embed-default, gf-vision-default]\n  budget: {warnAt: 90%}\n"))
        write(place / f"w{number}.yaml", inheriting(number))
    return paths
