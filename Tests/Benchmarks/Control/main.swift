import Foundation

try DerivationBenchmark.run()
try await ServiceBenchmark.run()
if !Report.table() { exit(1) }
