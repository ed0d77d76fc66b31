using EdgeFlora.Adapters.Peft;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests;

public sealed class CoordinatorServiceTests
{
    [Fact]
    public async Task A_run_over_a_bus_commits_every_round_and_writes_its_adapter()
    {
        using var folder = new TemporaryFolder();
        CoordinatorOptions options = Settings.For(folder);
        await using var federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync("a");
        await federation.AddAsync("b");
        await federation.AddAsync("c");

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal([1, 2], outcome.Rounds.Select(round => round.Round));
        Assert.All(outcome.Rounds, round => Assert.Equal(["a", "b", "c"], round.Figures!.Accepted));
        Assert.Equal(2, PeftFolder.Read(outcome.AdapterFolder!).Settings.Rank);
    }
}
