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


def small(name, number):
    """A workspace with one key."""
    return f"""apiVersion: bursar/v1
kind: Workspace
metadata:
  name: {name}
spec:
  budget: {{limit: {number % 500 + 1}.50, period: 30d, warnAt: 80%}}
  models: [gf-chat-default, gf-embed-default]
  limits: {{requestsPerMinute: 600, tokensPerMinute: 200000}}
"""


def source(folder, texts):
    """A source of these manifests, a hundred a folder; gives their paths. Its secrets stand beside it."""
    folder.mkdir()
    (folder / "bursar.yaml").write_text(
        "apiVersion: bursar/v1\nkind: Configuration\nmetadata: {name: bench}\n"
        f"spec: {{secrets: {{directory: {{path: {folder}.secrets}}}}}}\n")
    paths = []
    for number, text in enumerate(texts):
        place = folder / f"{number // 100:03}"
        place.mkdir(exist_ok=True)
        paths.append(place / f"w{number}.yaml")
        paths[-1].write_text(text)
    return paths
