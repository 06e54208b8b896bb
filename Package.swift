// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

/// A target of ours: its folder is its name, and every one is built with the same settings.
/// - Parameter embedding: files of it whose bytes are in the binary.
func wall(
    _ name: String, _ dependencies: [Target.Dependency], embedding: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: embedding.map { .embedInCode($0) },
        swiftSettings: settings)
}

/// The pipeline that `init` writes: links to what stands in deploy/ci.
let recipe = ["bursar.yml", "install", "merge", "plan", "apply", "due", "github"].map {
    "Init/Recipe/\($0)"
}

/// What tests compare with, by target.
let goldens = ["BursarManifestTests": "Goldens", "BursarCoreTests": "Reporting/Goldens"]

/// Every test target may use `TestSupport`, and `Fuzz` does.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies + ["TestSupport"],
        exclude: goldens[name].map { [$0] } ?? [],
        swiftSettings: settings
    )
}

let package = Package(
    name: "bursar",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "bursar", targets: ["bursar"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(
            url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1",
            traits: []),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", exact: "5.7.1"),
    ],
    targets: [
        .executableTarget(
            name: "bursar", dependencies: ["BursarCommands"], swiftSettings: settings),
        wall(
            "BursarCommands",
            [
                "BursarCore", "BursarManifest", "BursarEngine", "BursarHTTP", "BursarLiteLLM",
                "BursarStores", "BursarSandbox", "BursarSandboxServer", "BursarGateway",
                "BursarGroundfloor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ], embedding: recipe),
        wall("BursarLiteLLM", ["BursarCore", "BursarEngine"]),
        wall("BursarGroundfloor", ["BursarCore", "BursarEngine"]),
        wall(
            "BursarStores",
            [
                "BursarCore", "BursarEngine", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        wall("BursarHTTP", ["BursarCore", "BursarEngine", "CLibCurl"]),
        wall(
            "BursarSandbox",
            [
                "BursarCore", "BursarEngine",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]),
        wall(
            "BursarSandboxServer",
            [
                "BursarSandbox", "BursarCore", "BursarEngine",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        wall(
            "BursarGateway",
            [
                "BursarCore", "BursarEngine",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        wall(
            "BursarEngine",
            [
                "BursarCore", "BursarManifest",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        wall("BursarManifest", ["BursarCore", "CLibYAML"]),
        wall(
            "BursarCore",
            [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]),
        .systemLibrary(
            name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "TestSupport", path: "Tests/TestSupport",
            exclude: [
                "tls-front", "openid-provider", "fake-forge", "run-job", "fake-openbao",
                "fake-kubernetes", "moto-server", "fake-provider",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "Simulation",
            dependencies: ["BursarCore", "BursarEngine", "BursarLiteLLM", "BursarSandbox"],
            path: "Tests/Simulation", swiftSettings: settings),
        .executableTarget(
            name: "Fuzz", dependencies: ["BursarManifest", "BursarCore", "TestSupport"],
            path: "Tests/Fuzz", exclude: ["run"], swiftSettings: settings),
        tests(
            "BursarCoreTests",
            ["BursarCore", .product(name: "Crypto", package: "swift-crypto")]),
        tests("BursarManifestTests", ["BursarManifest", "BursarCore"]),
        tests("BursarHTTPTests", ["BursarHTTP", "BursarEngine", "BursarCore"]),
        tests("BursarStoresTests", ["BursarStores", "BursarEngine", "BursarCore"]),
        tests(
            "BursarLiteLLMTests",
            ["BursarLiteLLM", "BursarHTTP", "BursarSandbox", "BursarEngine", "BursarCore"]),
        tests(
            "BursarEngineTests",
            [
                "BursarEngine", "BursarLiteLLM", "BursarStores", "BursarSandbox", "BursarManifest",
                "BursarCore",
            ]),
        tests(
            "ContractTests",
            [
                "BursarSandbox", "BursarSandboxServer", "BursarHTTP", "BursarEngine",
                "BursarLiteLLM", "BursarCore",
            ]),
        tests(
            "BursarGatewayTests",
            [
                "BursarGateway", "BursarGroundfloor", "BursarHTTP", "BursarLiteLLM",
                "BursarSandbox", "BursarStores", "BursarEngine", "BursarCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests(
            "BursarGroundfloorTests",
            [
                "BursarGroundfloor", "BursarLiteLLM", "BursarSandbox", "BursarStores",
                "BursarEngine", "BursarCore",
            ]),
        tests("BursarCommandsTests", ["BursarCommands", "BursarCore"]),
        tests(
            "EndToEndTests",
            ["BursarCore", "BursarHTTP", "BursarEngine", "BursarSandbox", "BursarSandboxServer"]),
    ],
    swiftLanguageModes: [.v6]
)
