using System.Globalization;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// Months of operation in small. The long form takes minutes, so it runs when it is asked for: <c>-explicit only -method "*Twenty_runs*"</c>.
/// </summary>
public sealed class ManyRunsTests(BrokerFixture broker)
{
    [Fact(Explicit = true)]
    public async Task Twenty_runs_one_after_the_other_and_three_at_once_complete_on_four_agents_in_flat_memory()
    {
        IReadOnlyList<long> memory = await CompleteAsync(20, 3, "a", "b", "c", "d");

        TestContext.Current.TestOutputHelper!.WriteLine(
            "working set of the service in MB after each run: {0}", string.Join(
                ' ',
                memory.Select(bytes => (bytes / 1_000_000).ToString(CultureInfo.InvariantCulture))));
        // The first runs fill pools and caches. A leak of a run's state would show as growth with every run.
        Assert.True(memory[^1] < 1.25 * memory[4], $"the working set went from {memory[4]} to {memory[^1]} bytes");
    }

    [Fact]
    public async Task Three_runs_one_after_the_other_and_two_at_once_complete_on_two_agents() => await CompleteAsync(3, 2, "a", "b");

    /// <returns>Memory of the service after each run that had the fleet to itself, and after those that shared it.</returns>
    private async Task<IReadOnlyList<long>> CompleteAsync(int oneAfterTheOther, int atOnce, params string[] agents)
    {
        await using var fleet = new ServedFleet(broker.Url("figures"));
        await fleet.ServeAsync();
        await fleet.AgentsAsync(agents);
        string[] all = [FormattableString.Invariant($"agents.min={agents.Length}"), "agents.quorum=1"];
        List<long> memory = [];
        for (int i = 0; i < oneAfterTheOther; i++)
        {
            await CompletesAsync(await fleet.SubmitAsync($"run-{i + 1}", all), agents.Length);
            memory.Add(fleet.Service.WorkingSet);
        }

        List<string> together = [];
        for (int i = 0; i < atOnce; i++)
        {
            together.Add(await fleet.SubmitAsync($"together-{i + 1}", [.. all, "rounds.count=4"]));
        }

        foreach (string run in together)
        {
            await CompletesAsync(run, agents.Length);
        }

        memory.Add(fleet.Service.WorkingSet);
        return memory;
    }

    private static async Task CompletesAsync(string run, int agents)
    {
        (int code, string said, string error) = await ServedFleet.WatchAsync(run);
        Assert.True(code == 0, said + error);
        RunDetail over = await ServedFleet.ShowAsync(run);
        Assert.Equal((RunState.Completed, agents), (over.Summary.State, over.Participants.Count));
        Assert.All(over.Rounds, round => Assert.Equal(agents, round.Figures!.Accepted.Count));
    }
}
