using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Changes far larger than the others', and agents that go on sending what cannot count.</summary>
public sealed class NormBoundTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_change_far_beyond_the_last_rounds_median_is_refused_at_arrival()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        await IntakeRig.AllAsync(rig, round: 1);
        TaskOffer offer = await rig.OfferAsync("a", round: 2);

        await rig.PostAsync(rig.Result(offer, broadcast => FakeTraining.Train(broadcast, 1, size: 100)));

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Contains("of the last committed round; the limit is 20 times", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_far_beyond_its_own_rounds_median_is_left_out_of_the_manifest()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);

        await IntakeRig.AllAsync(rig, round: 1, poisoned: "b");

        RoundFigures figures = (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!;
        Assert.Equal(["a", "c", "d"], figures.Accepted);
        Assert.Equal("b", Assert.Single(figures.Rejected).AgentId);
        Assert.Contains("of this round; the limit is 10 times", figures.Rejected[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rounds_that_train_different_factors_are_not_held_against_each_other()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder, codec: "fp32", strategy: "RoLora");
        await IntakeRig.AllAsync(rig, round: 1);
        TaskOffer offer = await rig.OfferAsync("a", round: 2);

        await rig.PostAsync(rig.Result(offer, broadcast => FakeTraining.Train(offer, broadcast, size: 100)));

        await rig.Sender.ForAsync<ResultAck>("a", ack => ack.Header.Round == 2);
    }

    [Fact]
    public async Task Three_invalid_results_put_an_agent_out_of_the_run()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        for (int round = 1; round <= 3; round++)
        {
            TaskOffer offer = await rig.OfferAsync("d", round);
            await rig.PostAsync(rig.Result(offer) with { Examples = 0 });
            await rig.Sender.ForAsync<ResultRejected>("d", rejected => rejected.Header.Round == round);
            foreach (string good in new[] { "a", "b", "c" })
            {
                await rig.PostAsync(rig.Result(await rig.OfferAsync(good, round)));
            }

            await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);
        }

        TaskOffer next = await rig.OfferAsync("a", 4);
        KnownAgent before = rig.State.Agents["d"];
        await rig.PostAsync(new TaskProgress
        {
            Header = rig.Reply((await rig.OfferAsync("d", 3)).Header, nameof(TaskProgress)),
            Phase = TaskPhase.Training,
            Step = 1,
            Total = 3,
        });
        Assert.Equal(before, rig.State.Agents["d"]);
        await rig.HelloAsync("d", boot: 2);

        await rig.Sender.EventAsync(RunEventKind.AgentRefused, happened => happened is { AgentId: "d", Code: nameof(RefusalCode.Quarantined) });
        Assert.DoesNotContain(
            rig.Sender.Sent,
            entry => entry.Message is TaskOffer offer && offer.Header.AgentId == "d" && offer.Header.Round == next.Header.Round);
    }
}
