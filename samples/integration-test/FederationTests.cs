using EdgeFlora.Contracts.Events;
using EdgeFlora.Testing;
using EdgeFlora.Testing.Containers;
using Xunit;

/// <summary>Federations as a product's tests run them: in memory within seconds, and in containers where there is an engine.</summary>
public sealed class FederationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_killed_agent_comes_back_in_memory() => KillAsync(Brokers.InMemory);

    [Fact]
    public async Task A_killed_agent_comes_back_in_containers()
    {
        string? absent = await ContainerEngine.WhyNotAsync();
        Assert.SkipWhen(absent is not null, absent ?? "");
        await KillAsync(Brokers.Container);
    }

    private static async Task KillAsync(Broker broker)
    {
        await using Federation federation = await Federation.StartAsync(
            f => f.Agents(3).Rounds(2).Broker(broker).Quorum(0.6, TimeSpan.FromSeconds(5)).Fault(Fault.Kill("agent-2", round: 1)), Stop);

        FederationResult result = await federation.CompletionAsync(Stop);

        Assert.True(result.IsComplete);
        Assert.Equal(2, result.Ledger.Count);
        Assert.All(result.Ledger, round => Assert.InRange(round.Figures!.Accepted.Count, 2, 3));
        Assert.True(result.Adapter.ParameterCount > 0);
        Assert.Contains(federation.Events, happened => happened is { Kind: RunEventKind.RoundCommitted, Round: 1 });
    }
}
