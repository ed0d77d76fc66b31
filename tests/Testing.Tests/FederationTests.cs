using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Testing.Tests;

/// <summary>Federations in memory.</summary>
public sealed class FederationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_ends_with_adapter_ledger_and_events()
    {
        await using Federation federation = await Federation.StartAsync(f => f.Agents(3), Stop);

        FederationResult result = await federation.CompletionAsync(Stop);

        Assert.True(result.IsComplete);
        Assert.Equal([3, 3], result.Ledger.Select(round => round.Figures!.Accepted.Count));
        Assert.True(File.Exists(Path.Combine(result.Folder, "ledger.json")));
        Assert.Equal(
            ["agent-1", "agent-2", "agent-3"],
            federation.Events.Where(happened => happened.Kind == RunEventKind.AgentJoined).Select(happened => happened.AgentId!).Distinct().Order());
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bits_and_another_gives_others()
    {
        byte[] first = await AdapterAsync(7);

        Assert.Equal(first, await AdapterAsync(7));
        Assert.NotEqual(first, await AdapterAsync(8));
    }

    /// <summary>Without the agent that was killed the quorum of all is never reached: it has come back, and gone on.</summary>
    [Fact]
    public async Task An_agent_that_is_killed_is_out_and_started_again_takes_part()
    {
        await using Federation federation = await Federation.StartAsync(f => f.Agents(2).Fault(Fault.Slow("agent-2", factor: 100)), Stop);
        await federation.AtWorkAsync("agent-2", round: 1, Stop);

        await federation.Agent("agent-2").KillAsync(Stop);
        Assert.DoesNotContain(federation.Events, happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "agent-2" });
        await federation.Agent("agent-2").StartAgainAsync(Stop);

        FederationResult result = await federation.CompletionAsync(Stop);
        Assert.Equal(["agent-1", "agent-2"], result.Ledger[0].Figures!.Accepted);
    }

    [Fact]
    public async Task A_fault_strikes_by_itself_and_passes_when_the_round_is_over()
    {
        await using Federation federation = await Federation.StartAsync(
            f => f.Agents(3).Rounds(2).Quorum(0.6, TimeSpan.FromSeconds(2)).Fault(Fault.Kill("agent-3") with { SlowFactor = 5000 }), Stop);

        FederationResult result = await federation.CompletionAsync(Stop);

        Assert.Equal(["agent-1", "agent-2"], result.Ledger[0].Figures!.Accepted);
        Assert.Equal(2, federation.Events.Count(happened => happened is { Kind: RunEventKind.AgentJoined, AgentId: "agent-3" }));
    }

    [Fact]
    public async Task A_coordinator_that_is_killed_goes_on_with_the_round()
    {
        await using Federation federation = await Federation.StartAsync(f => f.Agents(2).Fault(Fault.Kill(Federation.CoordinatorName)), Stop);

        FederationResult result = await federation.CompletionAsync(Stop);

        Assert.Equal([2, 2], result.Ledger.Select(round => round.Figures!.Accepted.Count));
        Assert.Contains(federation.Events, happened => happened.Kind == RunEventKind.CoordinatorRecovered);
    }

    [Theory]
    [InlineData(FaultKind.Pause, "agent-1: a task of this process can't be paused; take Brokers.Container")]
    [InlineData(FaultKind.Cut, "agent-1: in memory there is no network to cut; take Brokers.At(url) or Brokers.Container")]
    public async Task What_cannot_be_done_in_memory_says_so_before_anything_starts(FaultKind kind, string said)
    {
        FaultNotPossibleException refused = await Assert.ThrowsAsync<FaultNotPossibleException>(
            () => Federation.StartAsync(f => f.Fault(new Fault(kind, "agent-1", 1)), Stop));

        Assert.Equal(said, refused.Message);
    }

    [Fact]
    public async Task What_cannot_be_done_in_memory_says_so_when_it_is_tried()
    {
        await using Federation federation = await Federation.StartAsync(f => f.Agents(1), Stop);

        await Assert.ThrowsAsync<FaultNotPossibleException>(() => federation.Agent("agent-1").PauseAsync(Stop));
        await Assert.ThrowsAsync<FaultNotPossibleException>(() => federation.Coordinator.CutAsync(Stop));
    }

    [Fact]
    public async Task A_fault_of_nobody_is_refused_with_who_there_is()
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            () => Federation.StartAsync(f => f.Agents(2).Fault(Fault.Kill("agent-3")), Stop));

        Assert.Equal("A fault is of 'agent-3'; it must be of an agent (agent-1, agent-2) or of coordinator.", refused.Message);
    }

    [Fact]
    public async Task What_does_not_come_is_told_with_the_last_events()
    {
        await using Federation federation = await Federation.StartAsync(f => f.Agents(1).Needs(2).Within(TimeSpan.FromSeconds(1)), Stop);

        await LimitedWait.UntilAsync(() => federation.Events.Any(happened => happened.Kind == RunEventKind.AgentJoined));
        FederationFailedException late = await Assert.ThrowsAsync<FederationFailedException>(() => federation.CompletionAsync(Stop));

        Assert.StartsWith("The end of the run has not come within 00:00:01; the last events were:", late.Message, StringComparison.Ordinal);
        Assert.Contains("agent-1: AgentJoined", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_told_in_a_sentence()
    {
        FederationFailedException silent = await Assert.ThrowsAsync<FederationFailedException>(
            () => Federation.StartAsync(f => f.Broker(Brokers.At("amqp://guest:guest@127.0.0.1:1/")).Within(TimeSpan.FromSeconds(1)), Stop));

        Assert.Contains("127.0.0.1", silent.Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> AdapterAsync(ulong seed)
    {
        await using Federation federation = await Federation.StartAsync(f => f.Agents(2).Rounds(2).Seed(seed), Stop);
        return AdapterCodec.Parse("fp32").Encode((await federation.CompletionAsync(Stop)).Adapter);
    }
}
