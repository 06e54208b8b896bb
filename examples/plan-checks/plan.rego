# What a plan may do without a second pair of eyes, for conftest:
#   bursar plan --prune --output json > plan.json && conftest test --policy examples/plan-checks plan.json
package main

import rego.v1

# US dollars in 30 days by which the caps may rise in sum.
raise := 100

deny contains "the plan has errors" if count(input.errors) > 0

deny contains message if {
	some breach in input.limits
	message := sprintf("apply would refuse it: limit %s, %d", [breach.limit, breach.count])
}

deny contains message if {
	rise := to_number(input.money.after_30d) - to_number(input.money.before_30d)
	rise > raise
	message := sprintf("the caps rise by %v in 30 days, at most %d", [rise, raise])
}

deny contains "a workspace loses its cap" if {
	input.money.unlimited_after > input.money.unlimited_before
}

deny contains message if {
	some change in input.changes
	change.cause == "prune"
	change.action == "suspend"
	startswith(change.address, "workspace/prod-")
	message := sprintf("%s left the source: production is not pruned", [change.address])
}

warn contains message if {
	some change in input.drift
	message := sprintf("%s was changed outside git: %s", [change.address, change.reason])
}
