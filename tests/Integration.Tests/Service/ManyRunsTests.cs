using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Months of operation in small. The long form, which takes minutes and looks at the memory, is among the figures.</summary>
public sealed class ManyRunsTests(BrokerFixture broker)
{
    [Fact]
    public async Task Three_runs_one_after_the_other_and_two_at_once_complete_on_two_agents() =>
        await ManyRuns.CompleteAsync(broker.Url("figures"), 3, 2, "a", "b");
}
