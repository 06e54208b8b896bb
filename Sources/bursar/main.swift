internal import BursarCommands

await runBursar()
