using System.Globalization;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;

namespace EdgeFlora.Figures;

/// <summary>Memory of the service over many runs, in docs/benchmarks.md: <c>-class "*ManyRunsFigures" -showliveoutput</c>.</summary>
public sealed class ManyRunsFigures(BrokerFixture broker)
{
    [Fact]
    public async Task Twenty_runs_one_after_the_other_and_three_at_once_complete_on_four_agents_in_flat_memory()
    {
        IReadOnlyList<long> memory = await ManyRuns.CompleteAsync(broker.Url("figures"), 20, 3, "a", "b", "c", "d");

        TestContext.Current.TestOutputHelper!.WriteLine(
            "working set of the service in MB after each run: {0}", string.Join(
                ' ',
                memory.Select(bytes => (bytes / 1_000_000).ToString(CultureInfo.InvariantCulture))));
        // The first runs fill pools and caches. A leak of a run's state would show as growth with every run.
        Assert.True(memory[^1] < 1.25 * memory[4], $"the working set went from {memory[4]} to {memory[^1]} bytes");
    }
}
