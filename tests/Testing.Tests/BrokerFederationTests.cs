using EdgeFlora.Contracts.Events;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Testing.Tests;

/// <summary>A federation at a broker of the test's own.</summary>
public sealed class BrokerFederationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_that_is_cut_off_costs_its_round_its_own_result_alone_and_contributes_again()
    {
        Assert.SkipUnless(
            File.Exists(PrivateBroker.Program) || Environment.GetEnvironmentVariable("CI") is { Length: > 0 },
            "no broker: install the package rabbitmq-server");
        await using var broker = new PrivateBroker();
        await broker.StartAsync(Stop);
        await using Federation federation = await Federation.StartAsync(
            f => f.Agents(3).Rounds(12).Broker(Brokers.At(broker.Url("")))
                .Quorum(0.6, TimeSpan.FromSeconds(2)).Fault(Fault.Slow("agent-3", factor: 500)),
            Stop);

        await federation.AtWorkAsync("agent-3", round: 1, Stop);
        await federation.Agent("agent-3").CutAsync(Stop);
        RoundFigures first = await federation.CommittedAsync(1, Stop);
        Assert.Equal(["agent-1", "agent-2"], first.Accepted);

        // From here on no round comes to its two results without the agent that is back.
        await federation.Agent("agent-2").KillAsync(Stop);
        await federation.Agent("agent-3").HealAsync(Stop);
        await federation.EventAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "agent-3", Round: > 1 }, Stop);
        await federation.Agent("agent-2").StartAgainAsync(Stop);

        Assert.True((await federation.CompletionAsync(Stop)).IsComplete);
    }
}
