try DerivationBenchmark.run()
try await ServiceBenchmark.run()
