/// Compute Units, exact to twelve decimals: what the Control Plane bills.
package struct ComputeUnits: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let picos: Int128

    package init(picos: Int128) { self.picos = picos }

    package static let zero = ComputeUnits(picos: 0)

    /// Plain decimal, at least two decimals: `0.48`.
    package var description: String { Money(picos: picos).description }

    package static func + (a: ComputeUnits, b: ComputeUnits) -> ComputeUnits {
        ComputeUnits(picos: a.picos + b.picos)
    }

    package static func < (a: ComputeUnits, b: ComputeUnits) -> Bool { a.picos < b.picos }
}

/// How many Compute Units a completion is: by its cost, or by its tokens where its model has a rate
/// of its own.
package struct RateCard: Hashable, Sendable {
    package struct ByToken: Hashable, Sendable {
        package let input: ComputeUnits
        package let output: ComputeUnits

        package init(input: ComputeUnits, output: ComputeUnits) {
            self.input = input
            self.output = output
        }
    }

    package let unitsPerUSD: ComputeUnits
    /// By the name that callers use.
    package let models: [String: ByToken]

    package init(unitsPerUSD: ComputeUnits, models: [String: ByToken] = [:]) {
        self.unitsPerUSD = unitsPerUSD
        self.models = models
    }

    package static let standard = RateCard(
        unitsPerUSD: ComputeUnits(picos: 100_000_000_000_000))

    /// Digits beyond the twelfth decimal are cut, once a completion, so that sums stay exact.
    package func units(
        model: String, cost: Money, inputTokens: Int, outputTokens: Int
    ) -> ComputeUnits {
        if let rate = models[model] {
            return ComputeUnits(
                picos: rate.input.picos * Int128(inputTokens)
                    + rate.output.picos * Int128(outputTokens))
        }
        return ComputeUnits(picos: Self.product(cost.picos, unitsPerUSD.picos))
    }

    /// `a * b / 10^12` without the whole product, which need not fit.
    private static func product(_ a: Int128, _ b: Int128) -> Int128 {
        let one: Int128 = 1_000_000_000_000
        let (whole, rest) = b.quotientAndRemainder(dividingBy: one)
        return a * whole + a / one * rest + a % one * rest / one
    }
}
