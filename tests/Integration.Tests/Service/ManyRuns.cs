using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Runs one after the other and several at once, on one service and agents that stay.</summary>
internal static class ManyRuns
{
    /// <returns>Memory of the service after each run that had the fleet to itself, and after those that shared it.</returns>
    public static async Task<IReadOnlyList<long>> CompleteAsync(
        string broker, int oneAfterTheOther, int atOnce, params string[] agents)
    {
        await using var fleet = new ServedFleet(broker);
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
