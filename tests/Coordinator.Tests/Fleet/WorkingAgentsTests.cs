using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>Runs whose agents do not all work, or not all live, at default times.</summary>
public sealed class WorkingAgentsTests : IDisposable
{
    private static readonly string[] Honest = ["a", "b", "c", "d"];
    private static readonly string[] Idle = [.. Enumerable.Range(0, 20).Select(i => $"idle-{i:D2}")];

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_round_commits_however_many_say_hello_and_never_work()
    {
        await using RunRig rig = await StartAsync(rounds: 3, agents: 2);
        await FirstRoundAsync(rig);
        await ResultsAsync(rig, 2, Honest);
        await ResultsAsync(rig, 3, Honest);

        Assert.All((await rig.Outcome).Rounds, round => Assert.Equal(Honest, round.Figures!.Accepted));
    }

    [Fact]
    public async Task What_agents_have_shown_survives_the_coordinator()
    {
        RunRig first = await StartAsync(rounds: 3, agents: 2);
        await FirstRoundAsync(first);
        CoordinatorOptions options = first.Options;
        await first.DisposeAsync();

        await using RunRig second = await RunRig.StartAsync(options, time);
        await second.HelloAllAsync([.. Honest, .. Idle]);
        await ResultsAsync(second, 2, Honest);

        await second.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 2);
    }

    [Fact]
    public async Task A_dead_agent_holds_a_round_up_for_two_heartbeats_and_the_next_does_not_count_it()
    {
        await using RunRig rig = await StartAsync(rounds: 2, agents: 4);
        await rig.HelloAllAsync(Honest);
        await AcceptAsync(rig, 1, Honest);
        await ResultsAsync(rig, 1, "a", "b", "c");
        foreach (int seconds in new[] { 15, 15, 12 })
        {
            Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.RoundFrozen);
            time.Advance(TimeSpan.FromSeconds(seconds));
            await HeartbeatsAsync(rig, "a", "b", "c");
        }

        RunEvent committed = await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
        await ResultsAsync(rig, 2, "a", "b", "c");

        Assert.Equal(["a", "b", "c"], committed.Figures!.Accepted);
        Assert.Equal(["d"], committed.Figures.Dropped);
        Assert.Empty(committed.Figures.Late);
        Assert.Equal(["a", "b", "c"], (await rig.Outcome).Rounds[1].Figures!.Accepted);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskOffer { Header: { AgentId: "d", Round: 2 } });
    }

    [Fact]
    public async Task An_agent_that_the_broker_knows_to_be_gone_holds_nobody_up()
    {
        await using RunRig rig = await StartAsync(rounds: 1, agents: 4);
        await rig.HelloAllAsync(Honest);
        await AcceptAsync(rig, 1, Honest);
        await ResultsAsync(rig, 1, "a", "b", "c");

        rig.Post(new AgentUnreachable("d"));

        Assert.Equal(["d"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!.Dropped);
    }

    private Task<RunRig> StartAsync(int rounds, int agents) =>
        RunRig.StartAsync(Settings.For(folder, roundOptions: new RoundOptions { Count = rounds, MinAgents = agents }), time);

    /// <summary>
    /// Opens with two idle agents, for nobody is known to work yet; when their offers have run out all others are asked. No time need pass in later
    /// rounds.
    /// </summary>
    private async Task FirstRoundAsync(RunRig rig)
    {
        await rig.HelloAllAsync([.. Idle, .. Honest]);
        foreach (int seconds in new[] { 30, 30 })
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            await HeartbeatsAsync(rig, [.. Honest, .. Idle]);
        }

        await AcceptAsync(rig, 1, Honest);
        await ResultsAsync(rig, 1, Honest);
        await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
    }

    private static async Task AcceptAsync(RunRig rig, int round, params string[] agents)
    {
        foreach (string agent in agents)
        {
            TaskOffer offer = await rig.OfferAsync(agent, round);
            await rig.PostAsync(new TaskAccepted { Header = rig.Reply(offer.Header, nameof(TaskAccepted)) });
        }
    }

    private static async Task ResultsAsync(RunRig rig, int round, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round)));
            await rig.Sender.EventAsync(RunEventKind.ResultAccepted, happened => happened.AgentId == agent && happened.Round == round);
        }
    }

    private static async Task HeartbeatsAsync(RunRig rig, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.HeartbeatAsync(agent, boot: 1);
        }
    }
}
