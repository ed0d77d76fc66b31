using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Fleet;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>An agent that the fleet has taken away from a run stays away, whatever it goes on sending, until the fleet lets it in again.</summary>
public sealed class WithdrawnAgentTests : IDisposable
{
    private const string Unfit = "Selector";

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(nameof(AgentStanding.Quarantined))]
    [InlineData(nameof(AgentStanding.Revoked))]
    [InlineData(Unfit)]
    [InlineData(FleetAgent.GoodbyeCode)]
    public async Task It_is_not_back_by_being_heard(string code)
    {
        await using RunRig rig = await StartAsync();
        TaskOffer offer = await rig.OfferAsync("c");
        rig.Withdraw("c", code);

        await rig.HeartbeatAsync("c", boot: 1);
        await rig.PostAsync(new TaskAccepted { Header = rig.Reply(offer.Header, nameof(TaskAccepted)) });
        await ReportAsync(rig, 1, "a", "b");
        await ReportAsync(rig, 2, "a", "b");
        await CommittedAsync(rig, 2);

        Assert.Equal("c", Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.AgentLeft).AgentId);
        Assert.Equal(3, rig.Sender.Events.Count(happened => happened.Kind == RunEventKind.AgentJoined));
        Assert.DoesNotContain(rig.Sender.Sent, sent => sent.Message is TaskOffer { Header: { AgentId: "c", Round: > 1 } });

        // Round 3 was opened without it.
        await rig.HelloAsync("c");
        await ReportAsync(rig, 3, "a", "b");
        await rig.OfferAsync("c", round: 4);
    }

    [Theory]
    [InlineData(nameof(AgentStanding.Quarantined), false, false)]
    [InlineData(nameof(AgentStanding.Revoked), false, false)]
    [InlineData(Unfit, false, true)]
    [InlineData(FleetAgent.GoodbyeCode, true, false)]
    public async Task A_result_that_was_on_its_way_counts_after_a_goodbye_alone_and_one_that_fits_no_more_is_told(
        string code, bool counts, bool isTold)
    {
        await using RunRig rig = await StartAsync();
        TaskOffer offer = await rig.OfferAsync("c");
        rig.Withdraw("c", code);

        await rig.PostAsync(rig.Result(offer));
        if (counts)
        {
            await rig.Sender.ForAsync<ResultAck>("c");
        }

        await ReportAsync(rig, 1, "a", "b");
        string[] accepted = counts ? ["a", "b", "c"] : ["a", "b"];
        Assert.Equal(accepted, (await CommittedAsync(rig, 1)).Figures!.Accepted);
        CancelReason[] told =
        [
            .. rig.Sender.Sent.Where(sent => sent.Queue == Queues.Agent("c")).Select(sent => sent.Message).OfType<TaskCancelled>()
                .Select(cancelled => cancelled.Reason),
        ];

        // The end of a round tells whoever has given no result.
        CancelReason[] expected = counts ? [] : isTold ? [CancelReason.Superseded, CancelReason.RoundClosed] : [CancelReason.RoundClosed];
        Assert.Equal(expected, told);
    }

    [Fact]
    public async Task A_coordinator_that_takes_the_run_over_finds_out_that_an_agent_was_taken_away_meanwhile()
    {
        RunRig first = await StartAsync();
        await first.OfferAsync("c");
        CoordinatorOptions options = first.Options;
        await first.DisposeAsync();

        var away = new AgentWithdrawn("c", nameof(AgentStanding.Quarantined), "odd results");
        await using RunRig second = await RunRig.StartAsync(options, time, away: [away]);
        await second.HelloAllAsync("a", "b");
        await ReportAsync(second, 1, "a", "b");

        Assert.Equal(["a", "b"], (await CommittedAsync(second, 1)).Figures!.Accepted);
        RunEvent left = Assert.Single(second.Sender.Events, happened => happened.Kind == RunEventKind.AgentLeft);
        Assert.Equal(("c", nameof(AgentStanding.Quarantined), "odd results"), (left.AgentId, left.Code, left.Detail));
        Assert.DoesNotContain(second.Sender.Sent, sent => sent.Message is TaskOffer { Header.AgentId: "c" });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_operator_takes_an_agent_at_work_away_for_good(bool quarantines)
    {
        var mayGoOn = new TaskCompletionSource();
        int offers = 0;
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(onOffer: null, "a", "b");
        await rig.AddAsync(
            (_, stop) =>
            {
                Interlocked.Increment(ref offers);
                return mayGoOn.Task.WaitAsync(stop);
            },
            "c");
        Guid run = await rig.SubmitAsync(
            "held", rounds: 3, but: spec => spec with
            {
                Selector = LabelSelector.Parse("!retired"),
                Rounds = spec.Rounds with { Quorum = 0.6, StragglerGrace = TimeSpan.FromMinutes(5) },
            });
        await FleetRig.UntilAsync(() => Task.FromResult(offers == 1));

        var label = new LabelChange { Set = new Dictionary<string, string> { ["retired"] = "yes" } };
        await (quarantines
            ? rig.Host.Fleet.QuarantineAsync(FleetRig.Command(), "c", "odd results", TestContext.Current.CancellationToken)
            : rig.Host.Fleet.LabelAsync(FleetRig.Command(), "c", label, TestContext.Current.CancellationToken));
        mayGoOn.SetResult();

        Assert.All((await rig.OutcomeAsync(run)).Rounds, round => Assert.Equal(["a", "b"], round.Figures!.Accepted));
        Assert.Equal(1, offers);
    }

    private static async Task ReportAsync(RunRig rig, int round, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.PostAsync(rig.Result(await rig.Sender.ForAsync<TaskOffer>(agent, offer => offer.Header.Round == round)));
        }
    }

    private static Task<RunEvent> CommittedAsync(RunRig rig, int round) =>
        rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);

    private async Task<RunRig> StartAsync()
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions { Count = 4, MinAgents = 3, Quorum = 0.6 });
        RunRig rig = await RunRig.StartAsync(options, time);
        await rig.HelloAllAsync("a", "b", "c");
        return rig;
    }
}
