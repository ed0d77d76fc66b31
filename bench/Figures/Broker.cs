using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(BrokerFixture))]
[assembly: AssemblyFixture(typeof(ManagedServer))]
[assembly: AssemblyFixture(typeof(PostgresFixture))]
// One figure at a time: they would slow each other down.
[assembly: Parallelization(Mode = ParallelMode.None)]
