internal import BursarManifest

/// The files of a new repository: valid, and planning against the sandbox as they are.
struct Starter {
    let owner: String
    /// A UUID.
    let source: String

    static let gitIgnore = ".gitignore"

    /// The configuration first: where it is there, nothing is written.
    var files: [(path: String, text: String)] {
        [
            ("bursar.yaml", configuration), (Self.gitIgnore, ignored),
            ("bursar.schema.json", JSONSchema.text()), ("defaults.yaml", defaults),
            ("policy.yaml", policy), ("workspaces/assistant.yaml", assistant),
            ("workspaces/search.yaml", search), ("README.md", readme),
        ] + pipeline
    }

    /// Programs stand here.
    static let programs = ".bursar/"

    /// What stands in deploy/ci of bursar's repository, as it is there.
    private var pipeline: [(path: String, text: String)] {
        let files = [
            (".github/workflows/bursar.yml", PackageResources.bursar_yml),
            ("install", PackageResources.install), ("merge", PackageResources.merge),
            ("plan", PackageResources.plan), ("apply", PackageResources.apply),
            ("due", PackageResources.due), ("github", PackageResources.github),
        ]
        return files.map { name, bytes in
            (
                name.contains("/") ? name : Self.programs + name,
                String(decoding: bytes, as: UTF8.self)
            )
        }
    }

    func nextSteps(_ directory: String) -> String {
        let change = directory == "." ? "" : "  cd '\(directory)'\n"
        return """

            Next, with a stand-in for LiteLLM, or with your own proxy's URL and master key:
            \(change)  bursar sandbox &
              export LITELLM_URL=http://127.0.0.1:4000 LITELLM_MASTER_KEY=sk-sandbox
              bursar keyring new keyring.txt
              export BURSAR_KEYRING_FILE="$PWD/keyring.txt"
              bursar plan
              bursar apply
              bursar plan

            """
    }

    private func head(_ up: String) -> String {
        """
        # yaml-language-server: $schema=\(up)bursar.schema.json
        ---
        """
    }

    private var configuration: String {
        """
        \(head(""))
        # Which installation this is, and where it puts the keys. The proxy comes
        # from the environment: LITELLM_URL and LITELLM_MASTER_KEY.
        apiVersion: bursar/v1
        kind: Configuration
        metadata:
          name: \(owner)  # the owner: bursar changes only what bears it
        spec:
          source:
            id: \(source)  # of this repository alone
          secrets:
            directory:
              # Relative to this file, and ignored by git. In CI, where the
              # checkout is thrown away, set BURSAR_SECRETS_DIRECTORY instead.
              path: ./secrets

        """
    }

    private var ignored: String {
        """
        # The published keys, and what keys are derived from.
        /secrets/
        /keyring.txt

        """
    }

    private var defaults: String {
        """
        \(head(""))
        # What every workspace below inherits. A document of defaults in a
        # directory below goes before this one, a workspace before both;
        # `bursar render NAME` shows the result.
        apiVersion: bursar/v1
        kind: Defaults
        metadata: {name: \(owner)}
        spec:
          budget: {period: 30d, warnAt: 80%}
          limits: {requestsPerMinute: 600, tokensPerMinute: 200000}
          keys:
            - secret: LITELLM_API_KEY
              rotation: {every: 30d, overlap: 24h}

        """
    }

    private var policy: String {
        """
        \(head(""))
        # What workspaces may say. With `severity: warn` breaches are warnings.
        apiVersion: bursar/v1
        kind: Policy
        metadata: {name: \(owner)}
        spec:
          budget: {maximum: 500.00}  # dollars in 30 days
          models: {allowed: [gf-*]}  # your proxy's models
          rotation: {maximumAge: 90d}
          overlap: {minimum: 1h}
          labels: {required: [team]}
          valueFrom: {forbidden: [exec]}

        """
    }

    private var search: String {
        """
        \(head("../"))
        apiVersion: bursar/v1
        kind: Workspace
        metadata:
          name: search
          labels: {team: search}
        spec:
          budget: {limit: 250.00}  # dollars, over all its keys
          models: [gf-chat-default, gf-embed-default]
          # A second key, which may do less. A list replaces the one that is
          # inherited from defaults.yaml as a whole.
          # keys:
          #   - secret: LITELLM_API_KEY
          #     rotation: {every: 30d, overlap: 24h}
          #   - secret: INDEXER_API_KEY
          #     models: [gf-embed-default]
          #     rotation: {every: 30d, overlap: 24h}

        """
    }

    private var assistant: String {
        """
        \(head("../"))
        apiVersion: bursar/v1
        kind: Workspace
        metadata:
          name: assistant
          labels: {team: support}
        spec:
          budget: {limit: 10.00, period: 1d}
          models: [gf-chat-default, gf-chat-pro]
          limits: {parallelRequests: 20}

        """
    }

    private var readme: String {
        """
        # LLM workspaces

        Each manifest below `workspaces/` is a team on LiteLLM with a budget, models
        and keys. bursar keeps the proxy as
        it is written here. A change is a pull request.

            bursar validate          # asks no server
            bursar render search     # a workspace with all it inherits
            bursar plan              # what an apply would do
            bursar apply             # does it

        `LITELLM_URL` and `LITELLM_MASTER_KEY` say which proxy. The keys are published
        into `secrets/`, or where `BURSAR_SECRETS_DIRECTORY` says.

        `.github/workflows/bursar.yml` does both on GitHub: it plans in a comment on the
        pull request, and applies after the merge what was reviewed. docs/ci.md of
        bursar says which variables and secrets it wants.

        ## The keyring

        Keys are derived from a keyring, so that a mint that broke off is finished
        with the same key, and a secret that was lost is published again. It is made
        once:

            bursar keyring new keyring.txt

        Keep it like the master key: out of git, with a copy in a safe. bursar reads
        it from `BURSAR_KEYRING_FILE` (the path) or `BURSAR_KEYRING` (the text).
        Without one, keys are random.

        """
    }
}
